// Run as a program by systemd.test.ts: what an agent does with its watchdog. The stage `sampling` gets on every 50 ms until a
// line comes on standard input; then it stalls, or with `hang` the whole loop does.
import { loadBoard } from '../../native/index.ts';
import { systemTimers } from '../../timers.ts';
import { systemdNotifier } from '../systemd.ts';
import { Watchdog } from '../watchdog.ts';

const board = loadBoard();
const note = (text: string): void => void process.stderr.write(`${text}\n`);
const notifier = systemdNotifier({
  env: process.env,
  pid: process.pid,
  ppid: process.ppid,
  notify: (path, text) => board.notify(path, text),
  note,
});
const watchdog = new Watchdog({
  now: () => performance.now(),
  timers: systemTimers,
  notifier,
  deadMan: (ms) => board.deadMan(Math.min(ms, 4_000)),
  stalled({ stage }) {
    note(`stalled: ${stage}`);
    watchdog.close();
    clearInterval(sampling);
    process.stdin.unref();
    process.exitCode = 75;
  },
  kill: () => process.kill(process.pid, 'SIGKILL'),
});
watchdog.start();
watchdog.watch('sampling', 300);
watchdog.ready();
watchdog.status('sampling');
let gettingOn = true;
const sampling = setInterval(() => {
  if (gettingOn) watchdog.progress('sampling');
}, 50);
process.stdin.on('data', (word) => {
  gettingOn = false;
  if (word.toString().trim() === 'hang') for (;;);
  if (word.toString().trim() === 'stop') {
    watchdog.ending(false);
    process.exit(0);
  }
});
