import { test } from 'node:test';
import { assertSurvivesKills } from '../support/killedHistory.ts';

test('fifty kills while the history is written lose nothing that was told to be in it, and damage nothing', (t) =>
  assertSurvivesKills(t, 50));
