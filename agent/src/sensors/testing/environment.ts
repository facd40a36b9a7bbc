import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { parseConfig } from '@perch/broker-bridge/config/parse.ts';
import type { Config } from '@perch/broker-bridge/config/schema.ts';
import type { SensorEnvironment } from '../environment.ts';

/** A machine in a temp folder with `sys`, `proc` and `dev`, gone at the end of the test. */
export type Machine = {
  env: SensorEnvironment & { devRoot: string };
  /** What was logged, one "level message {fields}" a line. */
  logged: string[];
  /** Writes files: path below the machine's root to text. */
  files(files: Record<string, string>): Promise<void>;
  link(path: string, target: string): Promise<void>;
  remove(path: string): Promise<void>;
  path(name: string): string;
};

export async function machine(t: TestContext, parts: Partial<SensorEnvironment> = {}): Promise<Machine> {
  const root = await mkdtemp(join(tmpdir(), 'perch-machine-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const path = (name: string): string => join(root, name);
  for (const name of ['sys', 'proc', 'dev']) await mkdir(path(name));
  const logged: string[] = [];
  return {
    env: {
      sysRoot: path('sys'),
      procRoot: path('proc'),
      devRoot: path('dev'),
      loadI2c() {
        throw new Error('no I2C in this test');
      },
      loadSerialBinding() {
        throw new Error('no serial ports in this test');
      },
      now: () => performance.now(),
      log: (level, message, fields) => logged.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`),
      ...parts,
    },
    logged,
    async files(files) {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(path(name)), { recursive: true });
        await writeFile(path(name), text);
      }
    },
    async link(name, target) {
      await mkdir(dirname(path(name)), { recursive: true });
      await rm(path(name), { force: true });
      await symlink(target, path(name));
    },
    remove: (name) => rm(path(name), { recursive: true, force: true }),
    path,
  };
}

/** A config that must be valid. */
export function configOf(config: unknown): Config {
  const parsed = parseConfig(JSON.stringify(config));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.config;
}

/** Waits until the condition holds; fails after 10 s. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited 10 s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
