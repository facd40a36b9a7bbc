import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificates } from './certificates.ts';
import type { Broker } from './house.ts';
import { freePort, Process } from './processes.ts';

export const MOSQUITTO = ['/usr/sbin/mosquitto', '/usr/bin/mosquitto'].find(existsSync);

/** A Mosquitto of this test alone; with `secure`, TLS and a password. */
export async function mosquitto({ secure = false } = {}): Promise<Broker> {
  const folder = mkdtempSync(join(tmpdir(), 'perch-mosquitto-'));
  chmodSync(folder, 0o755); // Mosquitto gives up root and must still read its files
  const port = await freePort();
  let extra = 'allow_anonymous true\n';
  let serve = ['--broker', `mqtt://127.0.0.1:${port}`];
  if (secure) {
    const { ca, cert, key } = certificates(folder);
    const config = `cafile ${ca}\ncertfile ${cert}\nkeyfile ${key}\n`;
    const passwords = join(folder, 'passwords');
    writeFileSync(passwords, 'perch:server-secret\nboards:board-secret\n');
    execFileSync('mosquitto_passwd', ['-U', passwords]);
    for (const file of [passwords, key]) chmodSync(file, 0o644); // test keys
    extra = `allow_anonymous false\npassword_file ${passwords}\n${config}`;
    const password = join(folder, 'server-password');
    writeFileSync(password, 'server-secret\n', { mode: 0o600 });
    serve = [
      '--broker',
      `mqtts://localhost:${port}`,
      '--ca',
      ca,
      '--username',
      'perch',
      '--password-file',
      password,
    ];
  }
  const config = join(folder, 'mosquitto.conf');
  writeFileSync(config, `listener ${port} 127.0.0.1\n${extra}persistence false\n`);
  let broker: Process | undefined;
  return {
    name: secure ? 'Mosquitto with TLS and password' : 'Mosquitto',
    port,
    serve,
    env: {},
    url: (wire) => (secure ? `mqtts://boards:board-secret@localhost:${wire}` : `mqtt://127.0.0.1:${wire}`),
    async start() {
      broker = new Process('mosquitto', MOSQUITTO!, ['-v', '-c', config]);
      await broker.says('mosquitto version');
      await broker.says(/running|Opening ipv4/i);
    },
    async stop(signal) {
      await broker?.end(signal);
      if (signal === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}
