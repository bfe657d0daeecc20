import type { ChoiceReason, Eligibility } from '../../../core/decision.ts';
import type { RequestRecord } from '../../../protocol/history.ts';
import type { PanelStory, PanelTone } from '../../../protocol/panel.ts';
import type { DecisionStep } from '../../../protocol/state.ts';
import { type Attempt, outcomeTone } from './panelRequests.ts';

type Wait = Extract<DecisionStep, { kind: 'wait' }>;

/** What a request met on its way, one thing at a time. */
export type StoryBeat =
  /** An endpoint was chosen. */
  | {
      readonly kind: 'chosen';
      readonly endpointId: string;
      readonly profileId: string;
      readonly reason: ChoiceReason;
      /** The model that it was asked for, where that is another one than the client's. */
      readonly sentModel: string | undefined;
      /** The other endpoints that were looked at, with what kept them from being chosen, if anything did. */
      readonly others: readonly (readonly [endpointId: string, eligibility: Eligibility])[];
    }
  /** What came of it. */
  | { readonly kind: 'result'; readonly attempt: Attempt }
  | { readonly kind: 'wait'; readonly reason: Wait['reason']; readonly durationMs: number }
  /** Nobody served. `status`: what the client got, or null when it got nothing. */
  | { readonly kind: 'unserved'; readonly status: number | null }
  /** Nobody served, and the client was told to come back for the answer. */
  | { readonly kind: 'kept' };

/** The sentences of a story. */
export interface StoryWords {
  /** What became of the request. */
  title(request: RequestRecord): string;
  beat(beat: StoryBeat): Pick<PanelStory['steps'][number], 'text' | 'details'>;
}

/** Whoever is one of this many more is not named: nobody reads so far. */
const maxOthers = 50;

/** Why a request went where it went, from its decision trace. */
export function tellStory(request: RequestRecord, words: StoryWords): PanelStory {
  const steps: PanelStory['steps'] = [];
  const tell = (beat: StoryBeat, tone: PanelTone, afterMs: number) =>
    steps.push({ afterMs, tone, ...words.beat(beat) });
  let passedMs = 0;
  for (const step of request.steps) {
    const endMs = passedMs + step.durationMs;
    if (step.kind === 'wait') {
      tell({ kind: 'wait', reason: step.reason, durationMs: step.durationMs }, 'neutral', passedMs);
    } else {
      tell(choiceOf(step), 'neutral', passedMs);
      tell({ kind: 'result', attempt: step }, outcomeTone(step.outcome), endMs);
    }
    passedMs = endMs;
  }
  if (request.outcome === 'failed') {
    const { status, durationMs } = request;
    // With this status clients are promised an answer; all others say what went wrong.
    if (status === 202) tell({ kind: 'kept' }, 'warning', durationMs);
    else tell({ kind: 'unserved', status }, 'bad', durationMs);
  }
  return { requestId: request.requestId, title: words.title(request), steps };
}

function choiceOf({ endpointId, profileId, reason, sentModel, considered }: Attempt): StoryBeat {
  const others = Object.entries(considered).filter(([id]) => id !== endpointId);
  return { kind: 'chosen', endpointId, profileId, reason, sentModel, others: others.slice(0, maxOthers) };
}
