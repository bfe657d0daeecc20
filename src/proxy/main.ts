import './memory.ts';
import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { traceOf } from '../core/errorTrace.ts';
import { type NetworkOptions, portTakenExitCode, type StopReason } from '../protocol/control.ts';
import { affinityPath, claudeCodePath, controlAddress, historyPath, openHome } from '../protocol/home.ts';
import type { LogEntry } from '../protocol/state.ts';
import { version } from '../protocol/version.ts';
import { Addresses } from './addresses.ts';
import { ClaudeCode } from './claudeCode/claudeCode.ts';
import { ControlServer } from './controlServer.ts';
import { ControlSocket } from './controlSocket.ts';
import { createDataPlane } from './dataPlane.ts';
import { Lifetime } from './lifetime.ts';
import { PortTakenError } from './listener.ts';

/*
 * The proxy process as an editor starts it. Binding the port is the election: of several that start at once, one
 * gets it and the others leave.
 */

/** How long running streams may take to end when the process is told to stop, in milliseconds. */
const drainLimitMs = 60_000;

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
  const { values } = parseArgs({ options: { port: { type: 'string' }, home: { type: 'string' } } });
  const home = openHome(values.home);
  let requireToken = true;

  const plane = createDataPlane({
    version,
    network: initialNetwork,
    token: () => (requireToken ? home.token : null),
    affinityFile: affinityPath(home.folder, Number(values.port)),
    historyFile: historyPath(home.folder, Number(values.port)),
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
  const finish = async (reason: StopReason, limitMs: number): Promise<void> => {
    if (ending) return;
    ending = true;
    log.write({ level: 'info', event: 'draining', pid: process.pid });
    lifetime.dispose();
    // Claude Code must not be pointed at a port that nobody holds, or that somebody else does.
    await Promise.race([claudeCode.leave(), delay(leaveLimitMs)]);
    // Then the socket: closing it later would remove the one that a successor has opened meanwhile. Then the
    // port is free, and the windows are told, who start a successor while running streams are finished here.
    addresses.close();
    const drained = plane.drain(limitMs);
    await control.announceStop(reason);
    await drained;
    log.write({ level: 'info', event: 'exiting', pid: process.pid });
    process.exit(0);
  };
  const end = (reason: StopReason, limitMs = drainLimitMs): void => {
    finish(reason, limitMs).catch(() => process.exit(1));
  };

  // Its limits are over by then: streams that still run have had their time.
  const lifetime = new Lifetime(() => end('signal', 0));
  const control = new ControlServer({
    installSecret: home.installSecret,
    version,
    port: () => gateway.port,
    portsWanted: (ports) => {
      if (!ending) addresses.wanted(ports);
    },
    wantedBack: async (port) => !ending && (await addresses.wantedBack(port)),
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
    stopRequested: (reason) => end(reason),
  });

  const addresses = new Addresses({
    gateway,
    socketOf: (port) =>
      new ControlSocket(
        controlAddress(home, port),
        (socket) => control.accept(socket, port),
        () => log.write({ level: 'warn', event: 'controlReopened' }),
        (error) => log.write({ level: 'error', event: 'controlFailed', code: error.code ?? error.name }),
      ),
    moved: async (port) => {
      control.announceMove(port);
      control.publishState();
      await Promise.all([
        claudeCode.start(),
        plane.moveTo({
          affinityFile: affinityPath(home.folder, port),
          historyFile: historyPath(home.folder, port),
        }),
      ]);
    },
    log: log.write,
  });

  await gateway.listen(Number(values.port));
  void claudeCode.start();
  await addresses.open();
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
