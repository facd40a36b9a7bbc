import { embeddedBroker } from './house.ts';
import { mainJob } from './main-job.ts';

mainJob(embeddedBroker, 'linux-x64', 'the embedded broker');
