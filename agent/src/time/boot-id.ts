import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** 16 bytes that are new at every boot of the kernel. */
export function bootId(procRoot: string): Uint8Array {
  try {
    const text = readFileSync(`${procRoot}/sys/kernel/random/boot_id`, 'utf8').trim();
    const bytes = Buffer.from(text.replaceAll('-', ''), 'hex');
    if (bytes.length === 16) return new Uint8Array(bytes);
  } catch {
    // no procfs: each start of the agent then counts as a boot
  }
  return new Uint8Array(randomBytes(16));
}
