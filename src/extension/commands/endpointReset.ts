import * as vscode from 'vscode';
import { plainMessage } from '../plainMessage.ts';
import { isResettable } from '../views/endpointCondition.ts';
import { editProblemText } from '../words.ts';
import type { CommandContext } from './commandContext.ts';
import { chooseEndpoint } from './target.ts';

/**
 * Lets the user vouch for an endpoint: the proxy forgets what it holds against it, and the next request may use it.
 * Without a proxy there is nothing to forget.
 */
export async function resetEndpoint({ model, actions }: CommandContext, argument: unknown): Promise<void> {
  const { state, now } = model.value;
  const endpoint = await chooseEndpoint(
    model,
    argument,
    vscode.l10n.t('Choose the endpoint whose health to reset'),
    ({ id }) => isResettable(state?.endpoints[id], now),
  );
  if (!endpoint) return;
  const outcome = await actions.resetEndpoint(endpoint.id);
  if (outcome.ok) return;
  await vscode.window.showErrorMessage(editProblemText(outcome.problem, plainMessage(endpoint.name)));
}
