import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { controlText, installedSize, md5sumsText } from './control.ts';
import { PACKAGING, type Payload } from './payload.ts';

/** A file of the package's control archive; dpkg keeps it as /var/lib/dpkg/info/perch-agent.NAME (but `control`). */
export interface ControlFile {
  name: 'control' | 'md5sums' | 'postinst' | 'prerm' | 'postrm';
  mode: number;
  bytes: Buffer;
}

async function measure(source: string | Buffer): Promise<{ bytes: number; md5: string }> {
  const hash = createHash('md5');
  let bytes = 0;
  if (typeof source === 'string')
    await pipeline(createReadStream(source), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        hash.update(chunk);
      }
    });
  else {
    bytes = source.length;
    hash.update(source);
  }
  return { bytes, md5: hash.digest('hex') };
}

/** What dpkg has to know of a payload: control, md5sums and the maintainer scripts. Reads every file of it. */
export async function controlFiles({ version, platform, files }: Payload): Promise<ControlFile[]> {
  const measured: { path: string; bytes: number; md5: string }[] = [];
  for (const { path, source } of files) measured.push({ path, ...(await measure(source)) });
  const script = (name: 'postinst' | 'prerm' | 'postrm'): ControlFile => {
    const text = readFileSync(join(PACKAGING, 'debian', name), 'utf8').replaceAll('@VERSION@', version);
    return { name, mode: 0o755, bytes: Buffer.from(text) };
  };
  const text = (name: 'control' | 'md5sums', content: string): ControlFile => ({
    name,
    mode: 0o644,
    bytes: Buffer.from(content),
  });
  return [
    text('control', controlText({ version, platform, installedKib: installedSize(measured) })),
    text('md5sums', md5sumsText(measured)),
    script('postinst'),
    script('prerm'),
    script('postrm'),
  ];
}
