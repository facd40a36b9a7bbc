// npm run perch-server: the server's command line on this tree, with the page that belongs to it.
import { buildPage } from './build/build-page.ts';

const args = process.argv.slice(2);
if (args[0] === 'serve' && !args.includes('--no-http') && !args.includes('--help') && !args.includes('-h'))
  await buildPage((message) => process.stderr.write(`perch: ${message}\n`)).catch((error: Error) => {
    // The API and the boards do without.
    process.stderr.write(`perch: ${error.message}\n`);
  });
await import('../server/src/main.ts');
