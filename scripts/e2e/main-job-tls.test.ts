import { mainJob } from './main-job.ts';
import { mosquitto } from './mosquitto.ts';

mainJob(() => mosquitto({ secure: true }), 'linux-x64', 'Mosquitto with TLS and password');
