import { Client } from './client.ts';
import { LocalEndpoint } from './localEndpoint.ts';
import { startPassThrough, startQcc } from './processes.ts';
import { requestBody } from './requestBody.ts';
import { timesOf } from './statistics.ts';

/** Milliseconds from a client's leaving in mid-stream to the close of the connection at the endpoint. */
export interface Abort {
  readonly rounds: number;
  readonly passThrough: { readonly medianMs: number; readonly maxMs: number };
  readonly qcc: { readonly medianMs: number; readonly maxMs: number };
}

/** Leaves streams, in turn through the proxy that does nothing and through QCC. */
export async function measureAbort(rounds: number): Promise<Abort> {
  const body = requestBody(1024);
  let closed: () => void = () => undefined;
  const endpoint = await LocalEndpoint.start(true, () => closed());
  const proxies = [await startPassThrough(endpoint.port), await startQcc([endpoint.port])];
  const series = proxies.map(() => [] as number[]);
  const warmUp = 3;
  for (let round = -warmUp; round < rounds; round += 1) {
    for (const [index, proxy] of proxies.entries()) {
      const client = new Client(proxy);
      const stream = await client.open(body);
      const leftAt = performance.now();
      const closedAt = new Promise<number>((resolve) => {
        closed = () => resolve(performance.now());
      });
      stream.abort();
      const took = (await closedAt) - leftAt;
      client.close();
      if (round >= 0) series[index]?.push(took);
    }
  }
  for (const proxy of proxies) await proxy.stop();
  await endpoint.refuse();
  const [passThrough, qcc] = series.map((each) => {
    const { median, max } = timesOf(each);
    return { medianMs: median, maxMs: max };
  }) as [Abort['qcc'], Abort['qcc']];
  return { rounds, passThrough, qcc };
}
