import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, Process } from '../e2e/processes.ts';
import { findProgram } from '../test/programs.ts';

/** Path of the program, or undefined when it is not installed. */
export const mosquittoProgram = (): string | undefined => findProgram('mosquitto');

/** A Mosquitto for one benchmark: with its own defaults, open to this machine, without a log line per message. */
export async function startMosquitto(program: string): Promise<{ url: string; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'perch-bench-mosquitto-'));
  chmodSync(folder, 0o755); // Mosquitto gives up root and must still read its file
  const port = await freePort();
  const config = join(folder, 'mosquitto.conf');
  writeFileSync(
    config,
    `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\nlog_dest stderr\nlog_type information\nlog_type error\nlog_type warning\nconnection_messages false\n`,
  );
  const broker = new Process('mosquitto', program, ['-c', config]);
  const close = async (): Promise<void> => {
    await broker.end();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await broker.says('running');
  } catch (error) {
    await close();
    throw error;
  }
  return { url: `mqtt://127.0.0.1:${port}`, close };
}
