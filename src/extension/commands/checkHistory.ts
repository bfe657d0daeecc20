import * as vscode from 'vscode';
import { checkHistoryReport } from '../reports/checkReport.ts';
import { answerOf } from './answer.ts';
import type { CommandContext } from './commandContext.ts';
import { chooseEndpoint } from './target.ts';

/** Shows the last checks of an endpoint. */
export async function showCheckHistory(context: CommandContext, argument: unknown): Promise<void> {
  const { model, requests, reports } = context;
  const placeholder = vscode.l10n.t('Choose the endpoint whose checks to show');
  const endpoint = await chooseEndpoint(model, argument, placeholder);
  const checks = endpoint && (await answerOf(requests.checks(endpoint.id)));
  if (checks) await reports.show(checkHistoryReport(endpoint, checks));
}
