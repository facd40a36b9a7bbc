import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MODULES, ROOT } from '../build/paths.ts';
import { hostTarget } from '../build/targets.ts';

type Locked = { version?: string; license?: string; dependencies?: Record<string, string> };
export type Lock = { packages: Record<string, Locked | undefined> };

const OURS = '@perch/';
/** Declarations of types are no part of a program. */
const isDeclarations = (key: string): boolean => key.includes('node_modules/@types/');

/** Where Node finds `name` from the package at `key`: beside it, or in a folder further up. */
function resolve(lock: Lock, key: string, name: string): string | undefined {
  for (let from = key; ; from = from.slice(0, from.lastIndexOf('/node_modules/'))) {
    const nested = `${from}/node_modules/${name}`;
    if (from.startsWith('node_modules/') && lock.packages[nested] !== undefined) return nested;
    if (!from.includes('/node_modules/')) break;
  }
  const top = `node_modules/${name}`;
  return lock.packages[top] === undefined ? undefined : top;
}

/** Keys in package-lock.json of the npm packages that the agent may have in its bundle, sorted. Pure. */
export function bundledPackages(lock: Lock): string[] {
  const found = new Set<string>();
  const visit = (key: string): void => {
    if (found.has(key)) return;
    found.add(key);
    for (const name of Object.keys(lock.packages[key]?.dependencies ?? {})) {
      const dependency = name.startsWith(OURS) ? name.slice(OURS.length) : resolve(lock, key, name);
      if (dependency !== undefined && !isDeclarations(dependency)) visit(dependency);
    }
  };
  visit('agent');
  // nan is compiled into the native part of i2c-bus.
  visit('node_modules/nan');
  return [...found].filter((key) => key.startsWith('node_modules/')).sort();
}

function licenceOf(folder: string): string {
  if (!existsSync(folder)) throw new Error(`${folder} is missing: run npm ci`);
  const files = readdirSync(folder)
    .filter((name) => /^(licen[cs]e|notice|copyrightnotice)(\.|$)/i.test(name))
    .sort();
  return files.map((name) => readFileSync(join(folder, name), 'utf8').trim()).join('\n\n');
}

/** The licences of all that the executable has inside: Node's own, which names its parts, and those of the npm packages. */
export function thirdParties(): string {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lock;
  const runtime = hostTarget().runtimePackage;
  const heading = (text: string): string => `${'='.repeat(78)}\n${text}\n${'='.repeat(78)}\n\n`;
  const parts = bundledPackages(lock).map((key) => {
    const { version, license } = lock.packages[key] ?? {};
    const name = key.slice(key.lastIndexOf('node_modules/') + 'node_modules/'.length);
    return `${heading(`${name} ${version} (${license})`)}${licenceOf(join(ROOT, key))}\n\n`;
  });
  const node = `${heading('Node.js')}${licenceOf(join(MODULES, runtime))}\n\n`;
  return `The executable perch-agent contains these works of others.\n\n${node}${parts.join('')}`;
}
