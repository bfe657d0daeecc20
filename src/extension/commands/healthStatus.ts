import * as vscode from 'vscode';
import { type Endpoint, findEndpoint } from '../../core/configuration.ts';
import { figuresIn } from '../figures.ts';
import type { ModelValue } from '../model.ts';
import { plainLabel } from '../plainLabel.ts';
import { checkClassText, scoreText } from '../views/checkWords.ts';
import { effectiveWeight } from '../views/effectiveWeight.ts';
import { isResettable } from '../views/endpointCondition.ts';
import { type EndpointRow, rowsOf } from '../views/endpointRows.ts';
import { conditionIcon } from '../views/endpointTree/endpointItem.ts';
import { causeText, conditionText } from '../views/endpointWords.ts';
import { showCheckHistory } from './checkHistory.ts';
import { type CommandContext, logUnexpected } from './commandContext.ts';
import { checkEndpoint } from './endpointCheck.ts';
import { resetEndpoint } from './endpointReset.ts';
import { type LiveItem, pickLive } from './livePick.ts';
import type { Target } from './target.ts';

interface HealthButton extends vscode.QuickInputButton {
  readonly does: 'check' | 'release';
}

/**
 * Shows how all endpoints stand, what their checks have found and when the next ones are. A row leads to the checks
 * of its endpoint; its buttons check it now, and release it by hand where something is held against it.
 */
export async function showHealthStatus(context: CommandContext): Promise<void> {
  const { model } = context;
  let active: string | undefined;
  for (;;) {
    const picked = await pickLive<LiveItem>({
      title: vscode.l10n.t('Endpoint Health'),
      placeholder: vscode.l10n.t('Choose an endpoint to see its checks'),
      items: () => healthItems(model.value),
      onDidChange: model.onDidChange,
      active,
    });
    active = picked?.item.id;
    if (!picked || active === undefined) return;
    const target: Target = { kind: 'endpoint', id: active };
    if (!picked.button) return showCheckHistory(context, target);
    const endpoint = findEndpoint(model.value.configuration, active);
    if ((picked.button as HealthButton).does === 'release') await resetEndpoint(context, target);
    else if (endpoint) beginCheck(context, endpoint);
  }
}

/** The list is there again at once and shows how it goes: coming back after a slow check, it would catch what is typed. */
function beginCheck(context: CommandContext, endpoint: Endpoint): void {
  checkEndpoint(context, endpoint).catch((error: unknown) => logUnexpected(context.output, 'check', error));
}

function healthItems(value: ModelValue): LiveItem[] {
  return rowsOf(value).flatMap(({ name, endpoints }) =>
    endpoints.length === 0
      ? []
      : [
          { label: name, kind: vscode.QuickPickItemKind.Separator },
          ...endpoints.map((row) => healthItem(row, value)),
        ],
  );
}

function healthItem(row: EndpointRow, { state, now }: ModelValue): LiveItem {
  const word = conditionText(row.condition);
  const cause = causeText(row);
  return {
    id: row.id,
    label: `$(${conditionIcon(row.condition).id}) ${plainLabel(row.name)}`,
    description: plainLabel([word, ...(cause === undefined || cause === word ? [] : [cause])].join(' · ')),
    detail: plainLabel([...checkNotes(row), ...weightNotes(row)].join(' · ')),
    buttons: buttonsFor(row, isResettable(state?.endpoints[row.id], now)),
  };
}

function checkNotes({ state }: EndpointRow): string[] {
  if (!state) return [];
  const { last, isRefused, isRunning, nextAt } = state.check;
  const { time } = figuresIn(vscode.env.language);
  return [
    last
      ? vscode.l10n.t('last check: {0}', `${checkClassText(last.class)}, ${time(last.at)}`)
      : vscode.l10n.t('not checked yet'),
    last?.score == null ? [] : scoreText(last.score),
    isRefused && last?.class !== 'refused' ? vscode.l10n.t('cannot be checked') : [],
    isRunning ? vscode.l10n.t('check running') : [],
    nextAt === null || isRunning ? [] : vscode.l10n.t('next check: {0}', time(nextAt)),
  ].flat();
}

function weightNotes({ weight, state }: EndpointRow): string[] {
  const percent = state?.weightPercent ?? 100;
  return percent === 100
    ? [vscode.l10n.t('weight {0}', weight)]
    : [vscode.l10n.t('weight {0}, now {1}', weight, effectiveWeight(weight, percent))];
}

function buttonsFor({ condition }: EndpointRow, isHeldAgainst: boolean): HealthButton[] {
  const check: HealthButton = {
    does: 'check',
    iconPath: new vscode.ThemeIcon('pulse'),
    tooltip: vscode.l10n.t('Check Now'),
  };
  const release: HealthButton = {
    does: 'release',
    iconPath: new vscode.ThemeIcon('debug-restart'),
    tooltip: vscode.l10n.t('Release by Hand'),
  };
  return [...(condition === 'noKey' ? [] : [check]), ...(isHeldAgainst ? [release] : [])];
}
