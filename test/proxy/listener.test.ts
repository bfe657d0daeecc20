import assert from 'node:assert/strict';
import fs from 'node:fs';
import { it } from 'node:test';
import { Listener, PortTakenError } from '../../src/proxy/listener.ts';
import { onEnd } from '../support/scope.ts';

/** The first port that every user may bind, where the system says so. */
function firstFreePort(): number {
  try {
    return Number(fs.readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
  } catch {
    return 0;
  }
}

it('a port that the system keeps for itself cannot be had, as one that is taken', async (t) => {
  if (firstFreePort() <= 1) return t.skip('the system keeps none');
  const nobody = 65_534;
  if (process.getuid?.() === 0) {
    process.seteuid?.(nobody);
    onEnd(t, () => process.seteuid?.(0));
  }
  await assert.rejects(
    Listener.open(1, () => undefined),
    PortTakenError,
  );
});
