import * as vscode from 'vscode';
import { commands, healthSettings } from '../contributions.ts';
import { metricsReport } from '../reports/metricsReport.ts';
import { openSettings } from '../settings.ts';
import { answerOf } from './answer.ts';
import { showCheckHistory } from './checkHistory.ts';
import { type CommandContext, registerCommand } from './commandContext.ts';
import { checkAll, testEndpoint } from './endpointCheck.ts';
import { showHealthStatus } from './healthStatus.ts';

/** Registers the commands that check endpoints and show what checks have found. */
export function registerHealthCommands(context: CommandContext): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommand(context, commands.healthCheck, (argument) => checkAll(context, argument)),
    registerCommand(context, commands.healthTest, (argument) => testEndpoint(context, argument)),
    registerCommand(context, commands.endpointTest, (argument) => testEndpoint(context, argument)),
    registerCommand(context, commands.healthStatus, () => showHealthStatus(context)),
    registerCommand(context, commands.healthMetrics, () => showMetrics(context)),
    registerCommand(context, commands.healthHistory, (argument) => showCheckHistory(context, argument)),
    registerCommand(context, commands.healthConfigure, () => openSettings(healthSettings)),
  );
}

async function showMetrics({ model, requests, reports }: CommandContext): Promise<void> {
  const now = Date.now();
  const totals = await answerOf(requests.totals({ from: new Date(now).setHours(0, 0, 0, 0), to: now }));
  if (totals) await reports.show(metricsReport(model.value, totals));
}
