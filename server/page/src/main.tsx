import { render } from 'preact';
import { App } from './app.tsx';
import { startNavigation } from './navigate.ts';
import { startTheme } from './theme.ts';
import './styles/all.css';

startTheme();
startNavigation();
render(<App />, document.getElementById('page')!);
