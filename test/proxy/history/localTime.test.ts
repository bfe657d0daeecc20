import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  dayMs,
  dayOf,
  daysAfter,
  dayText,
  firstDayFrom,
  hourMs,
  hourOf,
  startOfDay,
} from '../../../src/proxy/history/localTime.ts';
import { seededRandom } from '../../support/seededRandom.ts';

const ownZone = process.env.TZ;
after(() => {
  if (ownZone === undefined) delete process.env.TZ;
  else process.env.TZ = ownZone;
});

/** Some with summer time, on both halves of the earth, and some that are a part of an hour off. */
const zones = [
  'UTC',
  'America/New_York',
  'Europe/Berlin',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Adelaide',
  'Pacific/Apia',
  'America/St_Johns',
];

for (const zone of zones) {
  test(`in ${zone} hours and days follow each other without a gap`, () => {
    process.env.TZ = zone;
    const random = seededRandom(4);
    for (let round = 0; round < 5_000; round += 1) {
      const at = Date.UTC(2024, 0, 1) + Math.floor(random() * 3 * 366 * dayMs);
      const hour = hourOf(at);
      assert.ok(hour <= at && at < hour + hourMs);
      assert.equal(new Date(hour).getMinutes(), 0);
      assert.equal(hourOf(hour), hour);
      const day = dayOf(at);
      assert.ok(startOfDay(day) <= at && at < startOfDay(daysAfter(day, 1)));
      assert.equal(daysAfter(daysAfter(day, 1), -1), day);
      assert.equal(hourOf(startOfDay(day)), startOfDay(day));
      assert.equal(firstDayFrom(startOfDay(day)), day);
      assert.equal(firstDayFrom(startOfDay(day) + 1), daysAfter(day, 1));
    }
  });
}

test('the two hours that summer time ends with are two', () => {
  process.env.TZ = 'Europe/Berlin';
  const first = Date.UTC(2025, 9, 26, 0, 30);
  assert.equal(new Date(first).getHours(), new Date(first + hourMs).getHours());
  assert.equal(hourOf(first + hourMs) - hourOf(first), hourMs);
});

test('a day is written as in ISO 8601', () => {
  assert.equal(dayText(20250131), '2025-01-31');
});
