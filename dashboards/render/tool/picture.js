// From what Chromium gives to what is committed: fewer colours, a third of the bytes.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** More than this for a picture, and the repository grows without need. */
const limit = 400_000;

/** Writes the picture and gives its size in bytes. */
export function write(file, picture) {
  const { status, stdout, error, stderr } = spawnSync('pngquant', ['--speed', '1', '--strip', '256', '-'], {
    input: picture,
    maxBuffer: 1 << 28,
  });
  if (error?.code === 'ENOENT') {
    throw new Error('there is no `pngquant` here: install the package of that name');
  }
  if (status !== 0) {
    throw new Error(`pngquant: ${stderr}`);
  }
  if (stdout.length > limit) {
    throw new Error(`${file} has ${stdout.length} bytes, more than ${limit}: draw it narrower (--width)`);
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, stdout);
  return stdout.length;
}
