import { Client } from './client.ts';
import { LocalEndpoint } from './localEndpoint.ts';
import { startQcc } from './processes.ts';
import { requestBody } from './requestBody.ts';
import { timesOf } from './statistics.ts';

/** What it costs when an endpoint refuses connections and another one serves instead. */
export interface Failover {
  readonly rounds: number;
  /** Milliseconds to the first byte, less those of a request that is served at once. */
  readonly addedMedianMs: number;
  readonly addedMaxMs: number;
}

/**
 * Two endpoints take turns in refusing: each round one request goes to the endpoint that served the last one and
 * does no longer, and moves to the other. The success there clears that one's failure before its next turn.
 */
export async function measureFailover(rounds: number): Promise<Failover> {
  const body = requestBody(1024);
  let serving = await LocalEndpoint.start(false);
  let refusing = await LocalEndpoint.start(false);
  await refusing.refuse();
  const qcc = await startQcc([serving.port, refusing.port]);
  const client = new Client(qcc);
  const moved: number[] = [];
  const ordinary: number[] = [];
  const warmUp = 3;
  for (let round = -warmUp; round < rounds; round += 1) {
    const ordinaryMs = await client.firstByteMs(body);
    await refusing.listen();
    await serving.refuse();
    [serving, refusing] = [refusing, serving];
    const movedMs = await client.firstByteMs(body);
    if (round < 0) continue;
    ordinary.push(ordinaryMs);
    moved.push(movedMs);
  }
  client.close();
  await qcc.stop();
  await serving.refuse();
  const base = timesOf(ordinary).median;
  const { median, max } = timesOf(moved);
  return { rounds, addedMedianMs: median - base, addedMaxMs: max - base };
}
