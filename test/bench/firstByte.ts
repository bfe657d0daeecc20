import { Client } from './client.ts';
import { processorTime, type ServerProcess, startPassThrough, startQcc, startUpstream } from './processes.ts';
import { requestBody } from './requestBody.ts';
import { timesOf } from './statistics.ts';

/** What one way to the endpoint costs. */
export interface WayCost {
  /** Milliseconds to the first byte of the answer. */
  readonly medianMs: number;
  readonly p99Ms: number;
  /** The same, less what the direct connection takes. */
  readonly addedMedianMs: number;
  readonly addedP99Ms: number;
  /** Processor time of the proxy per request, in milliseconds, or null where it is not known. */
  readonly processorMs: number | null;
}

/** The time to the first byte for requests of one size, over the three ways. */
export interface FirstByte {
  readonly bodyBytes: number;
  /** Requests on each way. */
  readonly requests: number;
  readonly direct: { readonly medianMs: number; readonly p99Ms: number };
  readonly passThrough: WayCost;
  readonly qcc: WayCost;
}

/** How many requests of a size are measured, and how many go before them. */
export interface FirstBytePlan {
  readonly bodyBytes: number;
  readonly requests: number;
  readonly warmUp: number;
}

/**
 * Measures requests one after the other, in turn direct, through the proxy that does nothing, and through QCC, so
 * that whatever else the machine does meets all three alike. What is added is the difference of the same quantile.
 */
export async function measureFirstByte(plans: readonly FirstBytePlan[]): Promise<FirstByte[]> {
  const upstream = await startUpstream();
  const passThrough = await startPassThrough(upstream.port);
  const qcc = await startQcc([upstream.port]);
  const results: FirstByte[] = [];
  for (const plan of plans) results.push(await measureSize(plan, upstream, passThrough, qcc));
  await Promise.all([upstream, passThrough, qcc].map((each) => each.stop()));
  return results;
}

async function measureSize(
  plan: FirstBytePlan,
  upstream: ServerProcess,
  passThrough: ServerProcess,
  qcc: ServerProcess,
): Promise<FirstByte> {
  const body = requestBody(plan.bodyBytes);
  const ways = [upstream, passThrough, qcc].map((server) => ({
    server,
    client: new Client(server),
    series: [] as number[],
    processorMs: 0,
  }));
  for (let i = 0; i < plan.warmUp; i += 1) for (const { client } of ways) await client.firstByteMs(body);
  for (const way of ways) way.processorMs = -(processorTime(way.server.pid) ?? Number.NaN);
  for (let i = 0; i < plan.requests; i += 1) {
    for (const { client, series } of ways) series.push(await client.firstByteMs(body));
  }
  for (const way of ways) way.processorMs += processorTime(way.server.pid) ?? Number.NaN;
  for (const { client } of ways) client.close();

  const [direct, ...proxied] = ways.map(({ series, processorMs }) => ({ ...timesOf(series), processorMs }));
  const costs = proxied.map(({ median, p99, processorMs }) => ({
    medianMs: median,
    p99Ms: p99,
    addedMedianMs: median - (direct?.median ?? Number.NaN),
    addedP99Ms: p99 - (direct?.p99 ?? Number.NaN),
    processorMs: Number.isNaN(processorMs) ? null : processorMs / plan.requests,
  }));
  return {
    bodyBytes: body.length,
    requests: plan.requests,
    direct: { medianMs: direct?.median ?? Number.NaN, p99Ms: direct?.p99 ?? Number.NaN },
    passThrough: costs[0] as WayCost,
    qcc: costs[1] as WayCost,
  };
}
