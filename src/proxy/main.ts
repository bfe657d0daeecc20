import './memory.ts';
import { createHmac } from 'node:crypto';
import { parseArgs } from 'node:util';
import { traceOf } from '../core/errorTrace.ts';
import { homeUnusableExitCode, type NetworkOptions, portTakenExitCode } from '../protocol/control.ts';
import {
  affinityPath,
  claudeCodePath,
  controlAddress,
  HomeError,
  historyPath,
  holderPath,
  openHome,
  processLogPath,
} from '../protocol/home.ts';
import { platform } from '../protocol/platform.ts';
import type { LogEntry } from '../protocol/state.ts';
import { version } from '../protocol/version.ts';
import { Addresses } from './addresses.ts';
import { ClaudeCode } from './claudeCode/claudeCode.ts';
import { ControlServer } from './controlServer.ts';
import { ControlSocket } from './controlSocket.ts';
import { createDataPlane } from './dataPlane.ts';
import { Departure, inTime } from './departure.ts';
import { schemaVersion } from './history/schema.ts';
import { HomeKeeper } from './homeKeeper.ts';
import { Lifetime } from './lifetime.ts';
import { PortTakenError } from './listener.ts';
import { ProcessLog } from './processLog.ts';
import { takeOver } from './takeOver.ts';
import { tidyHome } from './tidyHome.ts';

/*
 * The proxy process as an editor starts it. Binding the port is the election: of several that start at once, one
 * gets it and the others leave.
 */

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
  // A warning of Node that cannot be written is no reason to stop serving.
  process.stderr.on('error', () => undefined);
  // Everything we create is for this user alone.
  process.umask(0o077);
  const { values } = parseArgs({
    options: { port: { type: 'string' }, home: { type: 'string' }, 'take-over': { type: 'boolean' } },
  });
  const wantedPort = Number(values.port);
  const keeper = new HomeKeeper({
    home: openHome(values.home),
    log: (entry) => log.write(entry),
    madeAnew: () => void claudeCode.keepRecord(),
    replaced: () => {
      void claudeCode.keepRecord();
      // What opens this proxy is part of what Claude Code was told.
      void claudeCode.start();
    },
  });
  const { folder } = keeper.home;
  const processLog = new ProcessLog(2, processLogPath(folder, wantedPort));
  let requireToken = true;

  const plane = createDataPlane({
    version,
    network: initialNetwork,
    token: () => (requireToken ? keeper.home.token : null),
    formerTokens: () => keeper.formerTokens,
    affinityFile: affinityPath(folder, wantedPort),
    historyFile: historyPath(folder, wantedPort),
    stateChanged: () => control.publishState(),
    // Keyed, since the id is kept where the keys that are part of the contents must not be.
    revisionId: (basedOn, contents) =>
      createHmac('sha256', keeper.home.installSecret)
        .update(`${basedOn}:${JSON.stringify(contents)}`)
        .digest('base64url'),
    documentChanged: () => control.publishDocument(),
    inFlightChanged: (count) => {
      lifetime.streams = count;
    },
  });
  const { gateway, documents, log, upstreams } = plane;
  const claudeCode = new ClaudeCode({
    recordPath: claudeCodePath(folder),
    access: () => ({ port: gateway.port, token: keeper.home.token }),
    log: log.write,
    changed: () => control.publishState(),
  });
  // Attempts go to the windows' logs; this process's own file gets only what is rare, so that it stays small.
  log.listen((entry) => {
    if (!frequentEvents.has(entry.event)) processLog.write(JSON.stringify(entry));
  });

  const end: Departure['begin'] = (reason, how) => {
    // Nothing has been touched yet, and who is told to end must not become the proxy first.
    if (gateway.port === 0) process.exit(0);
    departure.begin(reason, how);
  };

  const control = new ControlServer({
    installSecret: () => keeper.home.installSecret,
    version,
    port: () => gateway.port,
    portsWanted: (ports) => {
      if (!departure.hasBegun) addresses.wanted(ports);
    },
    wantedBack: async (port) => !departure.hasBegun && (await addresses.wantedBack(port)),
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
    stopRequested: (reason, asking) => end(reason, { closesHistory: asking !== version }),
    retireRequested: (historySchema) => {
      end('retiring', { closesHistory: historySchema !== schemaVersion });
    },
  });

  const addresses = new Addresses({
    gateway,
    socketOf: (port) =>
      new ControlSocket({
        place: () => ({
          address: controlAddress(keeper.home, port),
          holderFile: holderPath(folder, port),
        }),
        accept: (socket) => control.accept(socket, port),
        reopened: () => log.write({ level: 'warn', event: 'controlReopened' }),
        failed: (error) =>
          log.write({ level: 'error', event: 'controlFailed', code: error.code ?? error.name }),
      }),
    moved: async (port) => {
      control.announceMove(port);
      control.publishState();
      await Promise.all([
        claudeCode.start(),
        plane.moveTo({ affinityFile: affinityPath(folder, port), historyFile: historyPath(folder, port) }),
      ]);
    },
    log: log.write,
  });
  const departure = new Departure({
    plane,
    addresses,
    control,
    claudeCode,
    log: log.write,
    begun: () => lifetime.dispose(),
    lettingGo: () => keeper.stop(),
  });
  // A bug of ours: a fresh process takes over, and this one finishes the streams that it carries.
  process.on('uncaughtException', (error) => {
    log.write({ level: 'error', event: 'internalError', ...traceOf(error) });
    end('signal');
  });
  for (const signal of platform.endSignals) {
    process.on(signal, () => end('signal'));
  }

  if (values['take-over']) {
    await takeOver({ home: keeper.home, port: wantedPort, version, listen: plane.listen });
  } else await plane.listen(wantedPort);
  // From now on: who waits for the port waits for no window.
  const lifetime = new Lifetime(() => departure.beginUnmissed());
  try {
    await addresses.open();
  } catch (cause) {
    // What a predecessor has left in Claude Code's settings leads to nobody then.
    await inTime(claudeCode.leave());
    throw new HomeError('unusable', folder, { cause });
  }
  void claudeCode.start();
  keeper.start(() => {
    addresses.look();
    plane.history.look();
  });
  log.write({ level: 'info', event: 'listening', port: gateway.port, pid: process.pid });
  tidyHome(folder, Date.now());
}

main().catch((error: unknown) => {
  if (error instanceof PortTakenError) process.exit(portTakenExitCode);
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(error instanceof HomeError ? homeUnusableExitCode : 1);
});
