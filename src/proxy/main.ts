import { parseArgs } from 'node:util';
import { type NetworkOptions, portTakenExitCode, type StopReason } from '../protocol/control.ts';
import { controlAddress, openHome } from '../protocol/home.ts';
import { version } from '../protocol/version.ts';
import { ControlServer } from './controlServer.ts';
import { ControlSocket } from './controlSocket.ts';
import { createDataPlane } from './dataPlane.ts';
import { PortTakenError } from './gateway.ts';
import { Lifetime } from './lifetime.ts';

/*
 * The proxy process as an editor starts it. Binding the port is the election: of several that start at once, one
 * gets it and the others leave.
 */

/** How long running streams may take to end when the process is told to stop, in milliseconds. */
const drainLimitMs = 60_000;

/** Until the first window says otherwise. */
const initialNetwork: NetworkOptions = {
  proxyUrl: null,
  noProxy: [],
  strictSsl: true,
  systemCertificates: true,
};

async function main(): Promise<void> {
  // Everything we create is for this user alone.
  process.umask(0o077);
  const { values } = parseArgs({ options: { port: { type: 'string' }, home: { type: 'string' } } });
  const home = openHome(values.home);
  let requireToken = true;

  const plane = createDataPlane({
    version,
    network: initialNetwork,
    token: () => (requireToken ? home.token : null),
    stateChanged: () => control.publishState(),
    documentChanged: () => control.publishDocument(),
    inFlightChanged: (count) => {
      lifetime.streams = count;
    },
  });
  const { gateway, documents, log, upstreams, state } = plane;
  // Attempts go to the windows' logs; this process's own file gets only what is rare, so that it stays small.
  log.listen((entry) => {
    if (entry.event !== 'attempt' && entry.event !== 'refused')
      process.stderr.write(`${JSON.stringify(entry)}\n`);
  });

  let ending = false;
  const end = async (reason: StopReason): Promise<void> => {
    if (ending) return;
    ending = true;
    log.write({ level: 'info', event: 'draining', pid: process.pid });
    lifetime.dispose();
    // The socket goes first: closing it later would remove the one that a successor has opened meanwhile.
    socket.close();
    await control.announceStop(reason);
    await gateway.drain(drainLimitMs);
    control.close();
    log.write({ level: 'info', event: 'exiting', pid: process.pid });
    process.exit(0);
  };

  const lifetime = new Lifetime(() => void end('signal'));
  const control = new ControlServer({
    installSecret: home.installSecret,
    version,
    port: () => gateway.port,
    documents,
    log,
    state,
    settingsChanged: (settings) => {
      requireToken = settings.requireToken;
      upstreams.network = settings.network;
    },
    leasesChanged: (count) => {
      lifetime.leases = count;
    },
    stopRequested: (reason) => void end(reason),
  });

  await gateway.listen(Number(values.port));
  const socket = new ControlSocket(controlAddress(home, gateway.port), control.accept, () =>
    log.write({ level: 'warn', event: 'controlReopened' }),
  );
  await socket.open();
  log.write({ level: 'info', event: 'listening', port: gateway.port, pid: process.pid });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => void end('signal'));
  }
}

main().catch((error: unknown) => {
  if (error instanceof PortTakenError) process.exit(portTakenExitCode);
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
