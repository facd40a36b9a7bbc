import { mainJob } from './main-job.ts';
import { mosquitto } from './mosquitto.ts';

mainJob(mosquitto, 'linux-arm64', 'Mosquitto');
