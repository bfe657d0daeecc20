import { test } from 'node:test';
import { assertSurvivesKills } from '../../support/killedHistory.ts';

test('a process that is killed while it writes leaves a whole file with all that it was told is in it', (t) =>
  assertSurvivesKills(t, 5));
