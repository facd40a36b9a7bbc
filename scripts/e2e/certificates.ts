import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of PEM files. */
export interface Certificates {
  ca: string;
  cert: string;
  key: string;
}

const LOCAL = ['DNS:localhost', 'IP:127.0.0.1'];

/** A certificate of these names (as of subjectAltName) under a certificate authority of this test alone, for two days. */
export function certificates(folder: string, names: readonly string[] = LOCAL): Certificates {
  const openssl = (line: string): void =>
    void execFileSync('openssl', line.split(' '), { cwd: folder, stdio: 'pipe' });
  const fresh = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';
  openssl(`req -x509 ${fresh} -days 2 -keyout ca.key -out ca.pem -subj /CN=Perch-test-CA`);
  openssl(`req ${fresh} -keyout server.key -out server.csr -subj /CN=${names[0]!.replace(/^.*:/, '')}`);
  writeFileSync(join(folder, 'names'), `subjectAltName=${names.join(',')}\n`);
  const signed = '-CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names';
  openssl(`x509 -req -in server.csr ${signed} -out server.pem`);
  const [ca, cert, key] = ['ca.pem', 'server.pem', 'server.key'].map((name) => join(folder, name));
  return { ca: ca!, cert: cert!, key: key! };
}
