import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate authority of a test alone, and a certificate of these names: PEM files in the folder. */
export function authority(
  folder: string,
  names: readonly string[],
): { ca: string; cert: string; key: string } {
  const openssl = (line: string): void =>
    void execFileSync('openssl', line.split(' '), { cwd: folder, stdio: 'pipe' });
  const made = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';
  openssl(`req -x509 ${made} -days 2 -keyout ca.key -out ca.pem -subj /CN=Book`);
  openssl(`req ${made} -keyout key.pem -out request.pem -subj /CN=${names[0]}`);
  writeFileSync(join(folder, 'names'), `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}\n`);
  openssl(
    'x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out cert.pem',
  );
  // Mosquitto gives up root, and must still read it.
  chmodSync(join(folder, 'key.pem'), 0o644);
  return { ca: join(folder, 'ca.pem'), cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
}
