import { Client, type Target } from './client.ts';
import { peakMemory, startPassThrough, startQcc, startUpstream } from './processes.ts';
import { requestBody } from './requestBody.ts';

/** Many streams at once through each proxy. */
export interface SlowStreams {
  readonly streams: number;
  readonly bodyBytes: number;
  readonly passThrough: StreamsCost;
  readonly qcc: StreamsCost;
}

export interface StreamsCost {
  /** The most memory that the process has had, in megabytes, or null where it is not known. */
  readonly peakMegabytes: number | null;
  /** How many streams were open at the same time. */
  readonly atOnce: number;
  /** Streams that were not served whole. */
  readonly errors: number;
}

export interface SlowStreamsPlan {
  readonly streams: number;
  readonly bodyBytes: number;
  /** How long each stream takes, in milliseconds. */
  readonly slowMs: number;
}

/** Opens many streams at once through one proxy, then through the other. */
export async function measureSlowStreams(plan: SlowStreamsPlan): Promise<SlowStreams> {
  const body = requestBody(plan.bodyBytes);
  const upstream = await startUpstream();
  const costs: StreamsCost[] = [];
  for (const start of [() => startPassThrough(upstream.port), () => startQcc([upstream.port])]) {
    const proxy = await start();
    costs.push({ ...(await openSlowStreams(proxy, body, plan)), peakMegabytes: peakMemory(proxy.pid) });
    await proxy.stop();
  }
  await upstream.stop();
  const { streams } = plan;
  return {
    streams,
    bodyBytes: body.length,
    passThrough: costs[0] as StreamsCost,
    qcc: costs[1] as StreamsCost,
  };
}

/** Opens all streams at once, each on a connection of its own, and reads them to their ends. */
export async function openSlowStreams(
  target: Target,
  body: Buffer,
  { streams, slowMs }: Omit<SlowStreamsPlan, 'bodyBytes'>,
): Promise<{ atOnce: number; errors: number }> {
  let now = 0;
  let atOnce = 0;
  const outcomes = await Promise.allSettled(
    Array.from({ length: streams }, async () => {
      const client = new Client(target);
      const stream = await client.open(body, slowMs);
      now += 1;
      atOnce = Math.max(atOnce, now);
      await stream.finished().finally(() => {
        now -= 1;
        client.close();
      });
    }),
  );
  return { atOnce, errors: outcomes.filter(({ status }) => status === 'rejected').length };
}
