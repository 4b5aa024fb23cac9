// Programs that are started here, and that end with the tool however it ends.
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';

const running = new Set();

process.on('exit', () => running.forEach((child) => kill(child, 'SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => process.exit(1));
}

/**
 * Starts a program and waits for the line in which it says where it listens.
 * What it says goes to `log`.
 */
export async function start(command, args, { cwd, env, log, says, within }) {
  // A process group of its own, so that the programs which it starts end with it.
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  const file = createWriteStream(log);
  const gone = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.code === 'ENOENT' ? `there is no \`${command}\` here` : error.message));
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? code}`));
  });
  gone.then(() => running.delete(child));

  let timer;
  const found = await Promise.race([
    new Promise((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          file.write(`${line}\n`);
          const match = says.exec(line);
          if (match) {
            resolve(match[1]);
          }
        });
      }
    }),
    gone.then((why) => new Error(why)),
    new Promise((resolve) => {
      timer = setTimeout(() => resolve(new Error(`it did not say where it listens within ${within} s`)), within * 1000);
    }),
  ]);
  clearTimeout(timer);
  if (found instanceof Error) {
    await stop(child);
    throw new Error(`${command}: ${found.message}; see ${log}`);
  }
  return { address: found, ended: gone, stop: () => stop(child) };
}

async function stop(child) {
  if (!running.has(child)) {
    return;
  }
  const gone = new Promise((resolve) => child.once('exit', resolve));
  kill(child, 'SIGTERM');
  const timer = setTimeout(() => kill(child, 'SIGKILL'), 5000);
  await gone;
  clearTimeout(timer);
}

function kill(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') {
      throw error;
    }
  }
}
