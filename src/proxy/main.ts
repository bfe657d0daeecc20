import './memory.ts';
import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { traceOf } from '../core/errorTrace.ts';
import { type NetworkOptions, portTakenExitCode, type StopReason } from '../protocol/control.ts';
import { affinityPath, claudeCodePath, controlAddress, historyPath, openHome } from '../protocol/home.ts';
import type { LogEntry } from '../protocol/state.ts';
import { version } from '../protocol/version.ts';
import { ClaudeCode } from './claudeCode/claudeCode.ts';
import { ControlServer } from './controlServer.ts';
import { ControlSocket } from './controlSocket.ts';
import { createDataPlane } from './dataPlane.ts';
import { PortTakenError } from './gateway.ts';
import { schemaVersion } from './history/schema.ts';
import { Lifetime } from './lifetime.ts';
import { takeOver } from './takeOver.ts';

/*
 * The proxy process as an editor starts it. Binding the port is the election: of several that start at once, one
 * gets it and the others leave.
 */

/** How gently the process ends; both in milliseconds. */
interface Farewell {
  /** How long running requests may take to end. */
  readonly limitMs: number;
  /** How long clients may take to send the next request on a connection that they keep. */
  readonly quietMs: number;
}

const quietMs = 2_000;
const farewells: Record<StopReason, Farewell> = {
  user: { limitMs: 60_000, quietMs: 0 },
  restart: { limitMs: 60_000, quietMs },
  signal: { limitMs: 60_000, quietMs },
  // Nobody waits for it to be over, and an answer can take that long.
  retiring: { limitMs: 900_000, quietMs },
};

/** How long a slow disk may keep the process from letting go of its port, in milliseconds. */
const leaveLimitMs = 3_000;

/** What belongs to single requests and checks. */
const frequentEvents: ReadonlySet<LogEntry['event']> = new Set([
  'attempt',
  'refused',
  'noEndpoint',
  'check',
  'kept',
  'retried',
]);

/** Until the first window says otherwise. */
const initialNetwork: NetworkOptions = {
  proxyUrl: null,
  noProxy: [],
  strictSsl: true,
  systemCertificates: true,
};

async function main(): Promise<void> {
  // A log that cannot be written is no reason to stop serving.
  process.stderr.on('error', () => undefined);
  // Everything we create is for this user alone.
  process.umask(0o077);
  const { values } = parseArgs({
    options: { port: { type: 'string' }, home: { type: 'string' }, 'take-over': { type: 'boolean' } },
  });
  const wantedPort = Number(values.port);
  const home = openHome(values.home);
  let requireToken = true;

  const plane = createDataPlane({
    version,
    network: initialNetwork,
    token: () => (requireToken ? home.token : null),
    affinityFile: affinityPath(home.folder, wantedPort),
    historyFile: historyPath(home.folder, wantedPort),
    stateChanged: () => control.publishState(),
    // Keyed, since the id is kept where the keys that are part of the contents must not be.
    revisionId: (basedOn, contents) =>
      createHmac('sha256', home.installSecret)
        .update(`${basedOn}:${JSON.stringify(contents)}`)
        .digest('base64url'),
    documentChanged: () => control.publishDocument(),
    inFlightChanged: (count) => {
      lifetime.streams = count;
    },
  });
  const { gateway, documents, log, upstreams } = plane;
  const claudeCode = new ClaudeCode({
    recordPath: claudeCodePath(home.folder),
    access: () => ({ port: gateway.port, token: home.token }),
    log: log.write,
    changed: () => control.publishState(),
  });
  // Attempts go to the windows' logs; this process's own file gets only what is rare, so that it stays small.
  log.listen((entry) => {
    if (!frequentEvents.has(entry.event)) process.stderr.write(`${JSON.stringify(entry)}\n`);
  });

  let ending = false;
  const finish = async (reason: StopReason, farewell: Farewell, closesHistory: boolean): Promise<void> => {
    if (ending) return;
    ending = true;
    log.write({ level: 'info', event: reason === 'retiring' ? 'retiring' : 'draining', pid: process.pid });
    lifetime.dispose();
    // Claude Code must not be pointed at a port that nobody holds, or that somebody else does.
    const left = reason === 'retiring' ? claudeCode.handOver() : claudeCode.leave();
    await Promise.all([Promise.race([left, delay(leaveLimitMs)]), plane.letGo(closesHistory)]);
    // Then the socket: closing it later would remove the one that a successor has opened meanwhile. Then the
    // port is free, and the windows are told, who find or start a successor while running streams are finished here.
    socket.close();
    const drained = plane.drain(farewell.limitMs, farewell.quietMs);
    await control.announceStop(reason);
    await drained;
    log.write({ level: 'info', event: 'exiting', pid: process.pid });
    process.exit(0);
  };
  const end = (reason: StopReason, farewell = farewells[reason], closesHistory = false): void => {
    finish(reason, farewell, closesHistory).catch(() => process.exit(1));
  };

  const control = new ControlServer({
    installSecret: home.installSecret,
    version,
    port: () => gateway.port,
    documents,
    log,
    state: (windows) => ({ ...plane.state(windows), claudeCode: claudeCode.state }),
    resetEndpoint: plane.resetEndpoint,
    history: plane.history,
    queue: plane.queue,
    check: plane.check,
    tryEndpoint: plane.tryEndpoint,
    claudeCode,
    returnToActive: plane.returnToActive,
    queueKeyOffered: (key) => {
      if (key === null) return plane.queueKeys.current.bytes.toString('base64url');
      plane.queueKeys.add(Buffer.from(key, 'base64url'));
      plane.queue.look();
      return undefined;
    },
    settingsChanged: (settings) => {
      requireToken = settings.requireToken;
      upstreams.network = settings.network;
      plane.setOverrides(settings);
    },
    leasesChanged: (count) => {
      lifetime.leases = count;
    },
    // The window of another build starts a successor that may keep the history in another way.
    stopRequested: (reason, asking) => end(reason, farewells[reason], asking !== version),
    retireRequested: (historySchema) => {
      end('retiring', farewells.retiring, historySchema !== schemaVersion);
    },
  });

  if (values['take-over']) await takeOver({ home, port: wantedPort, version, listen: plane.listen });
  else await plane.listen(wantedPort);
  // From now on: who waits for the port waits for no window. Its limits are over by then: streams that still run have
  // had their time.
  const lifetime = new Lifetime(() => end('signal', { limitMs: 0, quietMs: 0 }));
  void claudeCode.start();
  const socket = new ControlSocket(
    controlAddress(home, gateway.port),
    control.accept,
    () => log.write({ level: 'warn', event: 'controlReopened' }),
    (error) => log.write({ level: 'error', event: 'controlFailed', code: error.code ?? error.name }),
  );
  await socket.open();
  log.write({ level: 'info', event: 'listening', port: gateway.port, pid: process.pid });
  // A bug of ours: a fresh process takes over, and this one finishes the streams that it carries.
  process.on('uncaughtException', (error) => {
    log.write({ level: 'error', event: 'internalError', ...traceOf(error) });
    end('signal');
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => end('signal'));
  }
}

main().catch((error: unknown) => {
  if (error instanceof PortTakenError) process.exit(portTakenExitCode);
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
