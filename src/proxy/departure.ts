import { setTimeout as delay } from 'node:timers/promises';
import type { StopReason } from '../protocol/control.ts';
import type { Addresses } from './addresses.ts';
import type { ClaudeCode } from './claudeCode/claudeCode.ts';
import type { ControlServer } from './controlServer.ts';
import type { DataPlane } from './dataPlane.ts';
import type { Log } from './log.ts';

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
/** Of a process that nobody needs: streams that still run have had their time. */
const noFarewell: Farewell = { limitMs: 0, quietMs: 0 };

/** How long a slow disk may keep the process from each step towards letting go of its port, in milliseconds. */
const stepLimitMs = 3_000;
/** How long the rest of the end may take in all, in milliseconds. */
const lastLimitMs = 20_000;

export interface DepartureDeps {
  readonly plane: Pick<DataPlane, 'gateway' | 'letGo' | 'drain'>;
  readonly addresses: Pick<Addresses, 'stay' | 'close'>;
  readonly control: Pick<ControlServer, 'announceStop'>;
  readonly claudeCode: Pick<ClaudeCode, 'handOver' | 'leave'>;
  readonly log: Log['write'];
  /** The end has begun: what would begin it need not look any more. */
  readonly begun: () => void;
  /** The folder is a successor's from now on. */
  readonly lettingGo: () => void;
}

/** The end of the process: how it gives up what a successor needs, and then serves to their end the requests that it has. */
export class Departure {
  readonly #deps: DepartureDeps;
  #hasBegun = false;

  constructor(deps: DepartureDeps) {
    this.#deps = deps;
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Ends the process; once it is ending, nothing more. @param closesHistory so that a successor can do to it what it wants */
  begin(reason: StopReason, { closesHistory } = { closesHistory: false }): void {
    this.#leave(reason, farewells[reason], closesHistory).catch(() => process.exit(1));
  }

  /** Ends a process that nobody needs any more. */
  beginUnmissed(): void {
    this.#leave('signal', noFarewell, false).catch(() => process.exit(1));
  }

  async #leave(reason: StopReason, { limitMs, quietMs }: Farewell, closesHistory: boolean): Promise<void> {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const { plane, addresses, control, claudeCode, log, begun, lettingGo } = this.#deps;
    // Whatever hangs: no process stays behind.
    setTimeout(() => process.exit(1), limitMs + lastLimitMs).unref();
    log({ level: 'info', event: reason === 'retiring' ? 'retiring' : 'draining', pid: process.pid });
    begun();
    // What goes by the number of the port must be under one of the two when a successor looks for it.
    await inTime(addresses.stay());
    // Claude Code must not be pointed at a port that nobody holds, or that somebody else does.
    const left = reason === 'retiring' ? claudeCode.handOver() : claudeCode.leave();
    await Promise.all([inTime(left), plane.letGo(closesHistory)]);
    // Then the socket: closing it later would remove the one that a successor has opened meanwhile. Then the
    // port is free, and the windows are told, who find or start a successor while running streams are finished here.
    lettingGo();
    addresses.close();
    await plane.gateway.catchUp();
    const drained = plane.drain(limitMs, quietMs);
    await control.announceStop(reason);
    await drained;
    log({ level: 'info', event: 'exiting', pid: process.pid });
    process.exit(0);
  }
}

/** Waits for a step, but not for a slow disk. */
export async function inTime(step: Promise<unknown>): Promise<void> {
  await Promise.race([step, delay(stepLimitMs)]);
}
