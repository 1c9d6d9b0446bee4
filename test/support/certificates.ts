import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  key: string;
  cert: string;
}

/** A root of our own, which no machine trusts, and what it signs; null where there is no openssl. */
export function makeRoot(): { root: Certificate; sign(name: string, expired?: boolean): Certificate } | null {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-ca-'));
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  const read = (name: string): Certificate => ({
    key: readFileSync(join(folder, `${name}.key`), 'utf8'),
    cert: readFileSync(join(folder, `${name}.crt`), 'utf8'),
  });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  try {
    openssl(...['req', '-x509', ...newKey, '-days', '30', '-subj', '/CN=Inspection Root'], ...out('root'));
  } catch {
    rmSync(folder, { recursive: true });
    return null;
  }
  let serial = 1;
  return {
    root: read('root'),
    sign(name, expired = false) {
      const file = `leaf${++serial}`;
      openssl(
        'req',
        '-new',
        ...newKey,
        '-subj',
        `/CN=${name}`,
        '-keyout',
        `${file}.key`,
        '-out',
        `${file}.csr`,
      );
      writeFileSync(join(folder, `${file}.ext`), `subjectAltName=DNS:${name}\n`);
      // A life that ends before it begins has always expired.
      openssl(
        ...['x509', '-req', '-in', `${file}.csr`, '-CA', 'root.crt', '-CAkey', 'root.key'],
        ...['-set_serial', `${serial}`, '-days', expired ? '-1' : '30', '-extfile', `${file}.ext`],
        ...['-out', `${file}.crt`],
      );
      return read(file);
    },
  };
}

const out = (name: string) => ['-keyout', `${name}.key`, '-out', `${name}.crt`];
