import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { claudeCodePath, controlAddress } from '../protocol/home.ts';
import { platform } from '../protocol/platform.ts';
import { takeOut } from './claudeCode/entriesInFile.ts';
import { type ClaudeCodeRecord, readRecord } from './claudeCode/record.ts';
import { type HomeFile, homeFilesIn } from './homeFiles.ts';

/** How long a proxy may take to accept a connection, or to answer, in milliseconds. */
const connectLimitMs = 1_000;

/** Whether a process uses a state folder, on this machine or, as far as can be seen, on another one that shares it. */
export async function isServed(folder: string): Promise<boolean> {
  const files = homeFilesIn(folder);
  if (files.some(({ name, kind }) => kind === 'holder' && !name.includes(platform.hostTag))) return true;
  const record = await readRecord(claudeCodePath(folder)).catch(() => null);
  const installSecret = readSecret(path.join(folder, 'install-secret'));
  const looks = [...portsOf(files), ...(record?.port ? [record.port] : [])].map(async (port) => {
    const place = controlPlace(folder, installSecret, port);
    return (place !== undefined && (await accepts(place))) || answersHello(port);
  });
  return (await Promise.all(looks)).includes(true);
}

/**
 * Takes out of the settings of Claude Code what is recorded in a state folder.
 *
 * @returns false when it is still in them; it then keeps its record
 */
export async function takeOutEntries(folder: string): Promise<boolean> {
  const recordPath = claudeCodePath(folder);
  const record = await readRecord(recordPath).catch(() => null);
  return record === null || (await isTakenOut(recordPath, record));
}

/** Takes our entries out and removes our files from a state folder, and the folder when nothing else is in it. */
export async function removeState(folder: string): Promise<void> {
  const recordPath = claudeCodePath(folder);
  const isOut = await takeOutEntries(folder);
  for (const { name, kind } of homeFilesIn(folder)) {
    const isKept = kind === 'installation' || (kind === 'record' && !(isOut && recordPath.endsWith(name)));
    if (isKept) continue;
    try {
      fs.rmSync(path.join(folder, name), { force: true });
    } catch {
      // Somebody has it open, or it is a folder of that name.
    }
  }
  try {
    fs.rmdirSync(folder);
  } catch {
    // There is something of somebody else in it, or it never was.
  }
}

async function isTakenOut(recordPath: string, record: ClaudeCodeRecord): Promise<boolean> {
  try {
    return (await takeOut(recordPath, record, { forGood: true })).ok;
  } catch {
    // The record itself cannot be written.
    return false;
  }
}

/** Ports that proxies have had. */
function portsOf(files: readonly HomeFile[]): Set<number> {
  return new Set(files.flatMap(({ name }) => /^(?:[a-z]+-)?(\d+)[-.]/.exec(name)?.[1] ?? []).map(Number));
}

function readSecret(file: string): Buffer {
  try {
    return Buffer.from(fs.readFileSync(file, 'utf8').trim(), 'base64url');
  } catch {
    // Without it no pipe can be found; a socket can.
    return Buffer.alloc(0);
  }
}

function controlPlace(folder: string, installSecret: Buffer, port: number): string | undefined {
  try {
    return controlAddress({ folder, installSecret, token: '' }, port);
  } catch {
    // No proxy can listen below a path of that length.
    return undefined;
  }
}

/** Whether a process listens for windows there. */
function accepts(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ path: address, timeout: connectLimitMs });
    const end = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    // Somebody is there who is too busy to answer.
    socket.once('timeout', () => end(true));
  });
}

/** Whether a proxy listens for clients there, one without windows too: it answers this to everybody. */
function answersHello(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, method: 'HEAD', path: '/api/hello', agent: false };
    const request = http.request({ ...options, timeout: connectLimitMs }, (response) => {
      request.destroy();
      resolve(response.statusCode === 200);
    });
    request.once('error', () => resolve(false));
    request.once('timeout', () => {
      request.destroy();
      resolve(true);
    });
    request.end();
  });
}
