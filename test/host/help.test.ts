import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readJson } from '../extension/extensionSources.ts';
import type { EditorWindow } from '../support/editor.ts';
import { openWalkthrough } from '../support/editorPages.ts';
import { cancelInput } from '../support/editorQuickInput.ts';
import { ownProblems, QccEditor } from '../support/qccEditor.ts';

/* What explains the extension to somebody who never reads manuals: help, walkthrough, news. */

const { contributes } = readJson<{
  contributes: { walkthroughs: { steps: { id: string; title: string; media: { altText: string } }[] }[] };
}>('package.json');
const steps = contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);

for (const { locale, words } of [
  {
    locale: 'en',
    words: {
      texts: readJson<Record<string, string>>('package.nls.json'),
      help: 'QCC: Help',
      start: 'Get Started',
      documentation: 'Read the Documentation',
      news: 'What’s New',
      newsTab: /whatsNew\.md/,
      newsTitle: 'What’s New in QCC',
    },
  },
  {
    locale: 'zh-cn',
    words: {
      texts: readJson<Record<string, string>>('package.nls.zh-cn.json'),
      help: 'QCC: 帮助',
      start: '开始使用',
      documentation: '阅读文档',
      news: '新增功能',
      newsTab: /whatsNew\.zh-cn\.md/,
      newsTitle: '新增功能',
    },
  },
] as const) {
  describe(`help, language ${locale}`, () => {
    let qcc: QccEditor;
    let window: EditorWindow;

    before(async () => {
      qcc = await QccEditor.start({ locale });
      window = await qcc.openWindow();
    });
    after(() => qcc.stop());

    const textOf = (key: string) => words.texts[key.slice(1, -1)] ?? '';
    /** The page that the editor shows rendered Markdown in. */
    const preview = () =>
      window.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame').locator('body');

    it('shows the first steps, each with its picture', async () => {
      // Where there is little room the editor leaves the pictures out.
      await window.runCommand('View: Toggle Primary Side Bar Visibility');
      const step = textOf(steps[0]?.title ?? '');
      const page = await openWalkthrough(window, { help: words.help, start: words.start, step });
      for (const { title, media } of steps) {
        await page.locator('.step-title', { hasText: textOf(title) }).click();
        const picture = page.frameLocator('iframe').frameLocator('iframe#active-frame').locator('svg');
        await picture.first().waitFor();
        assert.ok(textOf(media.altText));
      }
      assert.ok(steps.length > 0 && steps.length <= 5);
    });

    it('opens what it is asked for, and nothing when it is closed', async () => {
      await window.runCommand(words.help);
      await cancelInput(window.page);
      await window.runCommand(words.help);
      await window.pick(words.documentation);
      await preview().getByText('127.0.0.1:7860').first().waitFor();
    });

    it('tells what is new', async () => {
      await window.runCommand(`QCC: ${words.news}`);
      await window.page.getByRole('tab', { name: words.newsTab }).waitFor();
      await preview().getByRole('heading', { name: words.newsTitle }).waitFor();
      assert.deepEqual(window.problems(ownProblems), []);
    });
  });
}
