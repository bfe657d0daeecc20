import type { EndpointStanding } from '../../../core/failure.ts';
import type { ProfileSwitch } from '../../../core/switches.ts';
import type { StandingEvent, Timeline } from '../../../protocol/history.ts';
import type { PanelHistory, PanelTone } from '../../../protocol/panel.ts';

/** One thing that happened to an endpoint or a profile, as the panel shows it. */
export type PanelEvent = PanelHistory['events'][number];

/** The texts of what happened. */
export interface EventWords {
  /** The name of an endpoint, by id, be it removed. */
  endpoint(id: string): string;
  standing(event: StandingEvent): string;
  /** Which profile it happened to, and what. */
  switch(change: ProfileSwitch): Pick<PanelEvent, 'subject' | 'text'>;
}

/** More than the page takes would be too many to be told apart on an axis. */
const maxEvents = 500;

/**
 * What happened to profiles and endpoints, newest first.
 *
 * @param endpointId of endpoints to this one alone, or null for all
 */
export function eventsOf(timeline: Timeline, endpointId: string | null, words: EventWords): PanelEvent[] {
  const standings = timeline.standings
    .filter((event) => endpointId === null || event.endpointId === endpointId)
    .map(
      (event): PanelEvent => ({
        at: event.at,
        tone: standingTone(event.to),
        kind: 'standing',
        subject: words.endpoint(event.endpointId),
        text: words.standing(event),
      }),
    );
  const switches = timeline.switches.map(
    (change): PanelEvent => ({
      at: change.at,
      tone: switchTone(change),
      kind: 'switch',
      ...words.switch(change),
    }),
  );
  return [...standings, ...switches].toSorted((a, b) => b.at - a.at).slice(0, maxEvents);
}

function standingTone(to: EndpointStanding): PanelTone {
  switch (to) {
    case 'healthy':
      return 'good';
    case 'degraded':
    case 'unhealthy':
      return 'warning';
    case 'open':
    case 'quarantined':
      return 'bad';
  }
}

function switchTone({ reason }: ProfileSwitch): PanelTone {
  switch (reason) {
    case 'manual':
      return 'neutral';
    case 'failover':
      return 'warning';
    case 'recovery':
      return 'good';
  }
}
