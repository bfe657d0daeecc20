import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A server of the benchmark that runs as a process of its own on 127.0.0.1. */
export interface ServerProcess {
  readonly pid: number;
  readonly port: number;
  /** What clients must show, or anything where nobody asks. */
  readonly token: string;
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>;
}

const beside = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The endpoint that all requests end at. */
export function startUpstream(): Promise<ServerProcess> {
  return startScript('upstream.ts', []);
}

/** The proxy that does nothing. */
export function startPassThrough(upstreamPort: number): Promise<ServerProcess> {
  return startScript('passThrough.ts', [`http://127.0.0.1:${upstreamPort}`]);
}

async function startScript(name: string, args: readonly string[]): Promise<ServerProcess> {
  const child = spawn(process.execPath, [beside(name), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const port = Number(await firstLine(child));
  return { pid: child.pid ?? 0, port, token: 'none', stop: () => ended(child) };
}

/**
 * QCC as it is shipped, with the endpoints at these ports in their order. Its log goes to a file, as in an editor.
 *
 * @param routing options of the config file, such as small time limits
 */
export async function startQcc(ports: readonly number[], routing: object = {}): Promise<ServerProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'qcc-bench-'));
  const endpoints = ports.map((port, index) => ({
    name: `endpoint-${index + 1}`,
    baseUrl: `http://127.0.0.1:${port}`,
    apiKey: `sk-bench-${index}`,
    priority: index + 1,
  }));
  const profile = { name: 'bench', priority: 'primary', strategy: 'priority', endpoints };
  const config = join(folder, 'config.json');
  writeFileSync(config, JSON.stringify({ version: 1, profiles: [profile], routing }), { mode: 0o600 });
  const log = openSync(join(folder, 'log'), 'w', 0o600);
  const args = ['--config', config, '--port', '0', '--state', join(folder, 'state')];
  const child = spawn(process.execPath, [beside('../../dist/serve.cjs'), ...args], {
    stdio: ['ignore', 'pipe', log],
  });
  closeSync(log);
  const { url, token } = JSON.parse(await firstLine(child)) as { url: string; token: string };
  const stop = async () => {
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  return { pid: child.pid ?? 0, port: Number(new URL(url).port), token, stop };
}

async function firstLine(child: ChildProcess): Promise<string> {
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  child.once('exit', () => process.off('exit', endWithUs));
  let text = '';
  for await (const piece of child.stdout ?? []) {
    text += piece;
    const end = text.indexOf('\n');
    if (end >= 0) return text.slice(0, end);
  }
  throw new Error(`a server of the benchmark ended before it listened: ${child.spawnargs.join(' ')}`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** The processor time that a process has used so far, in milliseconds, or null where it cannot be asked for. */
export function processorTime(pid: number): number | null {
  if (process.platform === 'linux') {
    // Fields 14 and 15 in ticks of 10 ms; the second field is a name in parentheses (proc(5)).
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }
  if (process.platform === 'win32') return null;
  const [seconds = '0', minutes = '0', hours = '0'] = execFileSync('ps', ['-o', 'time=', '-p', String(pid)])
    .toString()
    .trim()
    .split(':')
    .reverse();
  return (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
}

/** The most memory that a process has had, in megabytes, or null where the system does not keep it. */
export function peakMemory(pid: number): number | null {
  if (process.platform !== 'linux') return null;
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1]) / 1024;
}
