import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { extractFromZip } from '../../embedded/unzip.ts';
import { temporaryHome } from './support.ts';

/** A zip archive by hand; checksums are left out, for the reader relies on the whole file's SHA-256. */
function zip(files: Record<string, { text: string; deflate: boolean }>): Buffer {
  const local: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, { text, deflate }] of Object.entries(files)) {
    const body = deflate ? deflateRawSync(text) : Buffer.from(text);
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50, 0);
    header.writeUInt16LE(name.length, 26);
    header.writeUInt16LE(4, 28);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(deflate ? 8 : 0, 10);
    entry.writeUInt32LE(body.length, 20);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    local.push(header, Buffer.from(name), Buffer.alloc(4), body);
    directory.push(entry, Buffer.from(name));
    offset += header.length + name.length + 4 + body.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, ...directory, end]);
}

test('takes the one file it is asked for, packed or not, for its owner only', async () => {
  const home = await temporaryHome();
  const archive = join(home, 'a.whl');
  const long = 'program '.repeat(100_000);
  const files = {
    'a/METADATA': { text: 'x', deflate: true },
    'a.data/scripts/one': { text: long, deflate: true },
    'a.data/scripts/two': { text: 'stored', deflate: false },
  };
  await writeFile(archive, zip(files));
  await extractFromZip(archive, '/scripts/one', join(home, 'one'));
  await extractFromZip(archive, '/scripts/two', join(home, 'two'));
  expect(await readFile(join(home, 'one'), 'utf8')).toBe(long);
  expect(await readFile(join(home, 'two'), 'utf8')).toBe('stored');
  if (process.platform !== 'win32') expect((await stat(join(home, 'one'))).mode & 0o777).toBe(0o700);
  await expect(extractFromZip(archive, '/scripts/three', join(home, 'three'))).rejects.toThrow('holds no');
  await writeFile(archive, 'no archive at all, though long enough to be looked through');
  await expect(extractFromZip(archive, 'one', join(home, 'three'))).rejects.toThrow('not a zip');
});
