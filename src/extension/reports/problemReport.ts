import * as vscode from 'vscode';
import type { ConfigProblem } from '../../core/configFile.ts';
import { configProblemText } from '../configProblemWords.ts';
import { figuresIn } from '../figures.ts';
import type { Report } from './reports.ts';
import { reportText } from './reportText.ts';
import { textTable } from './textTable.ts';

/** More would not be read, and a file can be made of nothing else. */
const maxShown = 500;

/** What keeps a file from being imported, by place. @param file its name */
export function problemReport(file: string, problems: readonly ConfigProblem[]): Report {
  const table = textTable<ConfigProblem>(
    [
      { title: vscode.l10n.t('Place'), of: ({ path }) => path },
      { title: vscode.l10n.t('Problem'), of: configProblemText },
    ],
    problems.slice(0, maxShown),
  );
  const { count } = figuresIn(vscode.env.language);
  const more = problems.length - maxShown;
  return {
    name: vscode.l10n.t('Problems in {0}', file),
    text: reportText(
      vscode.l10n.t('Problems in {0}', file),
      [vscode.l10n.t('Nothing was changed.')],
      table,
      ...(more > 0 ? [[vscode.l10n.t('Further problems: {0}', count(more))]] : []),
    ),
  };
}

/** What of a file is not known here. @param file its name */
export function unknownFieldsReport(
  file: string,
  unknown: readonly string[],
  dropped: readonly string[],
): Report {
  const name = vscode.l10n.t('Unknown Fields in {0}', file);
  const isDropped = new Set(dropped);
  const table = textTable<string>(
    [
      { title: vscode.l10n.t('Place'), of: (path) => path },
      {
        title: vscode.l10n.t('What becomes of it'),
        of: (path) =>
          isDropped.has(path) ? vscode.l10n.t('left out') : vscode.l10n.t('kept, has no effect'),
      },
    ],
    unknown.slice(0, maxShown),
  );
  return { name, text: reportText(name, table) };
}
