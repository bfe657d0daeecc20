import * as vscode from 'vscode';
import type { ChoiceReason, Eligibility } from '../../../core/decision.ts';
import type { ErrorClass } from '../../../core/failure.ts';
import type { Usage } from '../../../core/usage.ts';
import type { RequestRecord } from '../../../protocol/history.ts';
import { figuresIn } from '../../figures.ts';
import { failureText } from '../failureText.ts';
import type { KnownNames } from './knownNames.ts';
import { type Attempt, attemptsOf } from './panelRequests.ts';
import type { StoryBeat, StoryWords } from './requestStory.ts';

/** The sentences in which the way of a request is told. */
export function createStoryWords(names: KnownNames): StoryWords {
  return {
    title: (request) => titleText(request, names),
    beat: (beat) => ({ text: beatText(beat, names), details: beatDetails(beat, names) }),
  };
}

function titleText(request: RequestRecord, names: KnownNames): string {
  const attempts = attemptsOf(request);
  const last = attempts.at(-1);
  const endpoint = last ? names.endpoint(last.endpointId) : '';
  const duration = durationText(request.durationMs);
  switch (request.outcome) {
    case 'served':
      return attempts.length === 1
        ? vscode.l10n.t('Answered by {0} in {1}.', endpoint, duration)
        : vscode.l10n.t(
            'Answered by {0} at attempt {1}, in {2} altogether.',
            endpoint,
            attempts.length,
            duration,
          );
    case 'rescued':
      return vscode.l10n.t(
        'The answer of {0} broke off after {1}, and the client goes on by itself.',
        endpoint,
        duration,
      );
    case 'broken':
      return vscode.l10n.t('The answer of {0} broke off after {1}.', endpoint, duration);
    case 'failed':
      return attempts.length === 0
        ? vscode.l10n.t('Not answered: there was no endpoint to ask.')
        : vscode.l10n.t('Not answered after {0}. Failed attempts: {1}.', duration, attempts.length);
    case 'clientGone':
      return vscode.l10n.t('The client left after {0}.', duration);
  }
}

function beatText(beat: StoryBeat, names: KnownNames): string {
  switch (beat.kind) {
    case 'chosen':
      return choiceText(beat.reason, names.endpoint(beat.endpointId));
    case 'result':
      return resultText(beat.attempt);
    case 'wait':
      return waitText(beat.reason, durationText(beat.durationMs));
    case 'unserved':
      return beat.status === null
        ? vscode.l10n.t('The client got no answer.')
        : vscode.l10n.t('The client got an error with status {0}.', beat.status);
    case 'kept':
      return vscode.l10n.t('The client was told to come back for the answer, and the request was kept.');
  }
}

function choiceText(reason: ChoiceReason, endpoint: string): string {
  switch (reason) {
    case 'bound':
      return vscode.l10n.t('Sent to {0}: the conversation is bound to it.', endpoint);
    case 'strategy':
      return vscode.l10n.t('Sent to {0}: the strategy of its profile chose it.', endpoint);
    case 'trial':
      return vscode.l10n.t('Sent to {0} to try whether it serves again.', endpoint);
    case 'lastResort':
      return vscode.l10n.t('Sent to {0} as a last resort: no endpoint was ready.', endpoint);
    case 'retry':
      return vscode.l10n.t('Sent to {0} once more: the trouble may have passed.', endpoint);
    case 'freshConnection':
      return vscode.l10n.t('Sent to {0} once more, since the other end had closed the connection.', endpoint);
    case 'secondOpinion':
      return vscode.l10n.t('Sent to {0} to see whether it takes what another endpoint refused.', endpoint);
  }
}

function resultText(attempt: Attempt): string {
  const duration = durationText(attempt.durationMs);
  switch (attempt.outcome) {
    case 'served':
      return attempt.firstContentMs === undefined
        ? vscode.l10n.t('Answered after {0}.', duration)
        : vscode.l10n.t(
            'Answered: the first content came after {0}, the end after {1}.',
            durationText(attempt.firstContentMs),
            duration,
          );
    case 'rescued':
      return vscode.l10n.t(
        'The answer broke off after {0}: {1}. It was closed so that the client goes on by itself.',
        duration,
        causeText(attempt),
      );
    case 'broken':
      return vscode.l10n.t(
        'The answer broke off after {0}: {1}. Part of it had reached the client, so no other endpoint could take over.',
        duration,
        causeText(attempt),
      );
    case 'failed':
      return vscode.l10n.t(
        'Failed after {0}: {1}. Nothing had reached the client.',
        duration,
        causeText(attempt),
      );
    case 'clientGone':
      return vscode.l10n.t('The client left after {0}.', duration);
  }
}

function causeText({ failure = 'errorStatus', status }: Attempt): string {
  return failureText({ code: failure, at: 0, ...(status === undefined ? {} : { status }) });
}

function waitText(reason: Extract<StoryBeat, { kind: 'wait' }>['reason'], duration: string): string {
  switch (reason) {
    case 'noneReady':
      return vscode.l10n.t('Waited {0}: no endpoint was ready.', duration);
    case 'retry':
      return vscode.l10n.t('Waited {0} before the same endpoint was asked again.', duration);
    case 'bound':
      return vscode.l10n.t(
        'Waited {0} for the endpoint of the conversation, to be ready in a moment.',
        duration,
      );
  }
}

function beatDetails(beat: StoryBeat, names: KnownNames): string[] {
  switch (beat.kind) {
    case 'chosen': {
      const profile = names.profile(beat.profileId);
      return [
        ...(profile === undefined ? [] : [fact(vscode.l10n.t('Profile'), profile)]),
        ...(beat.sentModel === undefined
          ? []
          : [fact(vscode.l10n.t('Model that it was asked for'), beat.sentModel)]),
        ...beat.others.map(([id, eligibility]) => fact(names.endpoint(id), eligibilityText(eligibility))),
      ];
    }
    case 'result':
      return resultDetails(beat.attempt);
    case 'wait':
    case 'unserved':
    case 'kept':
      return [];
  }
}

function resultDetails({ firstByteMs, class: errorClass, row, code, usage, cost }: Attempt): string[] {
  return [
    ...(firstByteMs === undefined ? [] : [fact(vscode.l10n.t('First byte'), durationText(firstByteMs))]),
    ...(errorClass === undefined
      ? []
      : [
          fact(
            vscode.l10n.t('Taken for'),
            row === undefined
              ? classText(errorClass)
              : vscode.l10n.t('{0} ({1})', classText(errorClass), row),
          ),
        ]),
    ...(code ? [fact(vscode.l10n.t('Code'), code)] : []),
    ...(usage === undefined ? [] : [fact(vscode.l10n.t('Tokens'), usageText(usage))]),
    ...(usage === undefined || cost === undefined ? [] : [fact(vscode.l10n.t('Cost'), costText(cost))]),
  ];
}

/** Why an endpoint was not chosen. */
function eligibilityText(eligibility: Eligibility): string {
  switch (eligibility) {
    case 'ready':
      return vscode.l10n.t('was ready too');
    case 'disabled':
      return vscode.l10n.t('disabled');
    case 'noKey':
      return vscode.l10n.t('has no key');
    case 'wrongProtocol':
      return vscode.l10n.t('speaks another protocol');
    case 'wrongModel':
      return vscode.l10n.t('is not set up for this model');
    case 'refusedModel':
      return vscode.l10n.t('turned out not to serve this model');
    case 'ownAddress':
      return vscode.l10n.t('leads back to this proxy');
    case 'coolDown':
      return vscode.l10n.t('was cooling down');
    case 'open':
      return vscode.l10n.t('suspended');
    case 'quarantined':
      return vscode.l10n.t('quarantined');
    case 'tried':
      return vscode.l10n.t('had been tried already');
  }
}

/** What a failure was taken for, which decides where the request goes next. */
function classText(errorClass: ErrorClass): string {
  switch (errorClass) {
    case 'TRANSIENT':
      return vscode.l10n.t('a trouble in passing');
    case 'RATE_LIMIT':
      return vscode.l10n.t('a limit that will be over');
    case 'AUTH':
      return vscode.l10n.t('a key of no use');
    case 'PERMANENT':
      return vscode.l10n.t('something that trying again does not change');
    case 'UNKNOWN':
      return vscode.l10n.t('something unknown');
  }
}

function usageText({ input, output, cacheRead, cacheWrite }: Usage): string {
  const { count } = figuresIn(vscode.env.language);
  return vscode.l10n.t(
    '{0} in, {1} out, {2} read from a cache, {3} written to one',
    count(input),
    count(output),
    count(cacheRead),
    count(cacheWrite),
  );
}

const costText = (cost: number | null): string =>
  cost === null ? vscode.l10n.t('no price') : figuresIn(vscode.env.language).dollars(cost);

const fact = (name: string, value: string): string => vscode.l10n.t('{0}: {1}', name, value);

/** A duration as precise as people read it. */
function durationText(ms: number): string {
  const figures = new Intl.NumberFormat(vscode.env.language, { maximumFractionDigits: 1 });
  if (ms < 1_000) return vscode.l10n.t('{0} ms', Math.round(ms));
  if (ms < 120_000) return vscode.l10n.t('{0} s', figures.format(ms / 1_000));
  const seconds = Math.round(ms / 1_000);
  return vscode.l10n.t('{0} min {1} s', Math.floor(seconds / 60), seconds % 60);
}
