import * as vscode from 'vscode';
import { commands, walkthrough } from '../contributions.ts';
import type { News } from '../news.ts';
import { openSettings } from '../settings.ts';
import { type CommandContext, registerCommand } from './commandContext.ts';

/** What the help needs beside what every command has. */
export interface HelpContext {
  readonly extension: vscode.Extension<unknown>;
  readonly news: News;
}

/** Registers the commands that explain the extension. */
export function registerHelpCommands(context: CommandContext, help: HelpContext): vscode.Disposable {
  return vscode.Disposable.from(
    registerCommand(context, commands.help, () => showHelp(help)),
    registerCommand(context, commands.whatsNew, () => showNews(help)),
  );
}

interface Topic extends vscode.QuickPickItem {
  readonly open?: () => PromiseLike<unknown>;
}

async function showHelp(help: HelpContext): Promise<void> {
  const topics: Topic[] = [
    {
      iconPath: new vscode.ThemeIcon('mortar-board'),
      label: vscode.l10n.t('Get Started'),
      detail: vscode.l10n.t('The first steps, one after the other'),
      open: () =>
        vscode.commands.executeCommand(
          'workbench.action.openWalkthrough',
          `${help.extension.id}#${walkthrough}`,
          false,
        ),
    },
    {
      iconPath: new vscode.ThemeIcon('book'),
      label: vscode.l10n.t('Read the Documentation'),
      detail: vscode.l10n.t('What QCC does, and how'),
      open: () => showMarkdown(help, '.', 'README'),
    },
    {
      iconPath: new vscode.ThemeIcon('megaphone'),
      label: vscode.l10n.t('What’s New'),
      detail: vscode.l10n.t('Version {0}', help.news.version),
      open: () => showNews(help),
    },
    { label: vscode.l10n.t('When something does not work'), kind: vscode.QuickPickItemKind.Separator },
    {
      iconPath: new vscode.ThemeIcon('checklist'),
      label: vscode.l10n.t('Check Clients'),
      detail: vscode.l10n.t('Where Claude Code really sends its requests'),
      open: () => vscode.commands.executeCommand(commands.clientCheck),
    },
    {
      iconPath: new vscode.ThemeIcon('info'),
      label: vscode.l10n.t('Show Proxy Status'),
      detail: vscode.l10n.t('Whether the proxy runs, where, and what it keeps'),
      open: () => vscode.commands.executeCommand(commands.proxyStatus),
    },
    {
      iconPath: new vscode.ThemeIcon('output'),
      label: vscode.l10n.t('Show Log'),
      detail: vscode.l10n.t('A line for each attempt, without prompts, answers and keys'),
      open: () => vscode.commands.executeCommand(commands.proxyLogs),
    },
    {
      iconPath: new vscode.ThemeIcon('settings-gear'),
      label: vscode.l10n.t('Open Settings'),
      detail: vscode.l10n.t('Everything that can be changed'),
      open: () => openSettings(`@ext:${help.extension.id}`),
    },
  ];
  const picked = await vscode.window.showQuickPick(topics, {
    title: vscode.l10n.t('QCC Help'),
    placeHolder: vscode.l10n.t('Choose what you need'),
    matchOnDetail: true,
  });
  await picked?.open?.();
}

async function showNews(help: HelpContext): Promise<void> {
  await showMarkdown(help, 'media', 'whatsNew');
  await help.news.markSeen();
}

/** Shows a text of the extension as it is read, in the user's language. */
async function showMarkdown({ extension }: HelpContext, folder: string, name: string): Promise<void> {
  const uri = vscode.Uri.joinPath(extension.extensionUri, folder);
  const wanted = `${name}${vscode.env.language.toLowerCase() === 'zh-cn' ? '.zh-cn' : ''}.md`;
  // The packager writes the name of the README in small letters, and of that one only.
  const files = await vscode.workspace.fs.readDirectory(uri);
  const file = files.find(([other]) => other.toLowerCase() === wanted.toLowerCase())?.[0] ?? wanted;
  await vscode.commands.executeCommand('markdown.showPreview', vscode.Uri.joinPath(uri, file));
}
