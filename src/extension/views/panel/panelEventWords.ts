import * as vscode from 'vscode';
import type { ProfileSwitch } from '../../../core/switches.ts';
import type { StandingEvent } from '../../../protocol/history.ts';
import { conditionText, quarantineText } from '../endpointWords.ts';
import type { KnownNames } from './knownNames.ts';
import type { EventWords } from './panelEvents.ts';

/** The texts of what happened to endpoints and profiles. */
export function createEventWords(names: KnownNames): EventWords {
  return {
    endpoint: (id) => names.endpoint(id),
    standing: standingText,
    switch: (change) => ({
      // It is told by the name that it had then.
      subject: change.toName ?? change.fromName ?? vscode.l10n.t('none'),
      text: switchText(change),
    }),
  };
}

function standingText({ from, to, reason }: StandingEvent): string {
  switch (to) {
    case 'healthy':
      return from === 'open' || from === 'quarantined'
        ? vscode.l10n.t('Serves again')
        : vscode.l10n.t('Nothing is held against it any more');
    case 'degraded':
      return vscode.l10n.t('Other endpoints go first');
    case 'unhealthy':
      return conditionText('failing');
    case 'open':
      return vscode.l10n.t('Suspended until a trial succeeds');
    case 'quarantined':
      return reason === undefined
        ? conditionText('quarantined')
        : vscode.l10n.t('Quarantined: {0}', quarantineText({ reason }));
  }
}

function switchText({ fromName, toName, reason }: ProfileSwitch): string {
  if (toName === null) return vscode.l10n.t('Serves no longer: no profile is active');
  switch (reason) {
    case 'failover':
      return fromName === null
        ? vscode.l10n.t('Stands in for a profile that failed')
        : vscode.l10n.t('Stands in for “{0}”, which failed', fromName);
    case 'recovery':
      return vscode.l10n.t('Serves again after it recovered');
    case 'manual':
      return fromName === null
        ? vscode.l10n.t('Chosen by hand')
        : vscode.l10n.t('Chosen by hand instead of “{0}”', fromName);
  }
}
