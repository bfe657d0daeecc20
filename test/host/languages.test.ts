import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { EditorWindow } from '../support/editor.ts';
import { cancelInput, quickInput } from '../support/editorQuickInput.ts';
import { treeShows, welcomeText } from '../support/endpointsView.ts';
import { ownProblems, QccEditor, statusBarId } from '../support/qccEditor.ts';
import { type SimulatedEndpoint, startSimulatedEndpoint } from '../support/simulatedEndpoint.ts';

/* Everything that is ours, in Chinese. VS Code itself stays English here, as it has no language pack. */

const view = '端点';

/** What VS Code adds by itself. */
const editorsOwn =
  /\(Press 'Enter' to confirm or 'Escape' to cancel\)|^QCC: Focus on (?:端点|请求队列) View$/gm;

/** Words that are the same in Chinese: names, and what is typed as it is. */
const untranslated =
  /…\S{4}|QCC|Claude Code|Anthropic|API|URL|https?:\/\/[\w.:/-]*|\b\d+(\.\d+)+(:\d+)?|CSV|JSON|P50|P95|\bID\b|Shell|bash|zsh|fish|PowerShell|cmd\.exe|\bcmd\b|[\w~/.-]*\.json\b|\$?[A-Z_]{4,}\b|x-api-key|Authorization|Bearer|office|relay|api\.anthropic\.com|\/v1|TLS|HTTP|PM|AM|US\$|\bclaude-[\w-]+|\b(k|M)B\b|\bbyte\b|\bcurl\b|\bexport\b|settings\.json/g;

/** Words of a text that nobody has translated. */
function english(text: string): string[] {
  return (
    text
      .replace(editorsOwn, '')
      .replace(untranslated, '')
      .match(/[A-Za-z]{2,}/g) ?? []
  );
}

describe('the Chinese editor', () => {
  let relay: SimulatedEndpoint;
  let qcc: QccEditor;
  let window: EditorWindow;

  before(async () => {
    relay = await startSimulatedEndpoint({ name: 'relay', firstTokenMs: 20, tokensPerSecond: 200 });
    qcc = await QccEditor.start({ locale: 'zh-cn' });
    window = await qcc.openWindow();
  });
  after(async () => {
    await qcc.stop();
    await relay.close();
  });

  /** Fails when a text has English words or is not Chinese at all. */
  function assertChinese(text: string): void {
    assert.deepEqual(english(text), [], text);
    assert.match(text, /\p{Script=Han}/u);
  }

  /** Title, prompt and placeholder of a step of a quick input, which has to be all there is to read. */
  async function assertStepIsChinese(title: RegExp): Promise<void> {
    const widget = quickInput(window.page);
    await widget.locator('.quick-input-title').filter({ hasText: title }).waitFor();
    assertChinese(await widget.locator('.quick-input-title').innerText());
    const box = widget.locator('input[type=text], input[type=password]');
    const placeholder = (await box.getAttribute('placeholder')) ?? '';
    assert.deepEqual(english(placeholder), [], placeholder);
    const rows = await widget.locator('.monaco-list-row').allInnerTexts();
    assertChinese(rows.length > 0 ? rows.join('\n') : await window.inputMessage(/\p{Script=Han}/u));
  }

  it('welcomes in Chinese', async () => {
    assertChinese(await welcomeText(window));
    const header = window.page.locator('.part.sidebar .pane-header');
    for (const title of await header.locator('.title').allInnerTexts()) assertChinese(title);
    await header.first().hover();
    const actions = header.first().locator('.action-label.codicon[aria-label]');
    const labels = await actions.evaluateAll((all) => all.map((action) => action.getAttribute('aria-label')));
    // The last one is VS Code's own, for more of them.
    assertChinese(labels.slice(0, 2).join(' '));
  });

  it('names every command in Chinese', async () => {
    await window.page.keyboard.press('F1');
    await quickInput(window.page).waitFor();
    await quickInput(window.page).locator('input[type=text]').fill('>QCC: ');
    // Below each title VS Code shows the English one, since people look for both.
    const rows = quickInput(window.page).locator('.quick-input-list-row:first-child .label-name');
    await rows
      .filter({ hasText: /^QCC: / })
      .first()
      .waitFor();
    const titles = await rows.allInnerTexts();
    const own = titles.filter((title) => title.startsWith('QCC: '));
    assert.ok(own.length >= 6, titles.join('\n'));
    for (const title of own) assertChinese(title);
    await cancelInput(window.page);
  });

  it('asks for profile and endpoint in Chinese, and says in Chinese what is wrong', async () => {
    await window.runCommand('QCC: 添加方案');
    await assertStepIsChinese(/添加方案.*1\/4/);
    await window.fill(' ', { title: /1\/4/ });
    assertChinese(await window.inputMessage(/请输入/));
    await window.type('office', { title: /1\/4/ });
    await assertStepIsChinese(/2\/4/);
    await window.type('', { title: /2\/4/ });
    await assertStepIsChinese(/3\/4/);
    await window.pick('按权重', { title: /3\/4/ });
    await assertStepIsChinese(/4\/4/);
    await window.pick('无', { title: /4\/4/ });
    await assertStepIsChinese(/添加端点.*1\/5/);
    for (const url of ['relay', 'ftp://relay', 'http://relay', qcc.url]) {
      await window.fill(url, { title: /1\/5/ });
      assertChinese(await window.inputMessage(/。/));
    }
    await window.type(relay.url, { title: /1\/5/ });
    await assertStepIsChinese(/2\/5/);
    await window.type('relay', { title: /2\/5/ });
    await assertStepIsChinese(/3\/5/);
    await window.type('sk-relay', { title: /3\/5/ });
    await assertStepIsChinese(/4\/5/);
    await window.pick('自动', { title: /4\/5/ });
    await quickInput(window.page).locator('.codicon-pass').waitFor();
    await assertStepIsChinese(/5\/5/);
    await window.page.keyboard.press('Enter');
  });

  it('shows tree, tooltips and status bar in Chinese', async () => {
    assertChinese((await treeShows(window, [/^端点 relay, 尚未使用/], [], view)).join('\n'));
    await (await qcc.ask('hello')).text();
    assertChinese((await treeShows(window, [/^端点 relay, 正常.*毫秒/], [], view)).join('\n'));
    relay.refuse(401);
    await (await qcc.ask('hello')).text();
    assertChinese((await treeShows(window, [/^端点 relay, 密钥被拒绝/], [], view)).join('\n'));
    const tooltip = await window.tooltip(window.treeItem('端点 relay'), /状态：/);
    assertChinese(tooltip);
    assert.match(tooltip, /地址：http/);
    const item = window.page.locator(`[id="${statusBarId}"]`);
    assertChinese(await window.tooltip(item, /relay/));
    assertChinese((await item.getAttribute('aria-label')) ?? '');
  });

  it('announces in Chinese', async () => {
    const [notification = ''] = await window.notifications(/终端/);
    assertChinese(notification);
    await window.notificationButton('确定', /终端/);
    const [trouble = ''] = (await window.notifications(/停止使用/)).filter((text) => /停止使用/.test(text));
    assertChinese(trouble);
    await window.notificationButton('显示日志', /停止使用/);
    await window.page
      .locator('.part.panel .view-lines')
      .filter({ hasText: /attempt/ })
      .waitFor();
  });

  it('shows dialogs in Chinese', async () => {
    await window.runCommand('QCC: 显示代理状态');
    assertChinese(await window.dialogText());
    await window.dialogButton('关闭');
    await window.contextMenu('端点 relay', '删除端点');
    assertChinese(await window.dialogText());
    await window.dialogButton('Cancel');
    await window.contextMenu('方案 office', '删除方案');
    assertChinese(await window.dialogText());
    await window.dialogButton('Cancel');
  });

  it('shows what checks have found in Chinese', async () => {
    await window.contextMenu('端点 relay', '测试端点');
    assertChinese(await window.editorText('relay 的检查', /结果/));
    await window.runCommand('QCC: 检查所有端点');
    assertChinese(await window.editorText('端点检查', /密钥被拒绝/));
    await window.contextMenu('端点 relay', '显示端点检查记录');
    assertChinese(await window.editorText('relay 的检查记录', /手动/));
    await window.runCommand('QCC: 显示健康指标');
    assertChinese(await window.editorText('健康指标', /今日请求/));
    await window.runCommand('QCC: 显示端点健康状态');
    await assertStepIsChinese(/端点健康状态/);
    await cancelInput(window.page);
  });

  it('shows levels and asks for the policy in Chinese', async () => {
    await window.runCommand('QCC: 显示优先级别');
    await assertStepIsChinese(/优先级别/);
    await cancelInput(window.page);
    await window.runCommand('QCC: 编辑故障转移规则');
    await assertStepIsChinese(/故障转移规则.*1\/4/);
    await window.pick('开', { title: /1\/4/ });
    await assertStepIsChinese(/2\/4/);
    await window.pick('开', { title: /2\/4/ });
    await window.fill('0', { title: /3\/4/ });
    assertChinese(await window.inputMessage(/整数/));
    await cancelInput(window.page);
    await window.runCommand('QCC: 显示方案切换记录');
    assertChinese(await window.editorText('方案切换记录', /切换/));
  });

  it('shows the queue in Chinese', async () => {
    await window.runCommand('QCC: 显示队列状态');
    assertChinese(await window.editorText('请求队列', /入队/));
    await window.runCommand('QCC: 显示请求队列');
    await assertStepIsChinese(/请求队列/);
    await cancelInput(window.page);
    await window.runCommand('QCC: 清空请求队列');
    assertChinese(await window.dialogText());
    await window.dialogButton('Cancel');
  });

  it('speaks of clients in Chinese', async () => {
    await window.runCommand('QCC: 检查客户端');
    assertChinese(await window.editorText('客户端', /终端/));
    await window.runCommand('QCC: 复制 Shell 命令行');
    // Its rows are names of shells.
    assertChinese(await quickInput(window.page).locator('.quick-input-title').innerText());
    await cancelInput(window.page);
  });

  it('speaks of the configuration in Chinese', async () => {
    await window.runCommand('QCC: 导出配置');
    await assertStepIsChinese(/导出配置/);
    await cancelInput(window.page);
    await window.runCommand('QCC: 显示配置历史记录');
    await assertStepIsChinese(/配置历史记录/);
    await cancelInput(window.page);
    await window.runCommand('QCC: 重置配置');
    await assertStepIsChinese(/重置配置/);
    await cancelInput(window.page);
  });

  it('lets profiles be picked and explains itself in Chinese', async () => {
    await window.clickStatusBar(statusBarId);
    await assertStepIsChinese(/方案/);
    await cancelInput(window.page);
    await window.runCommand('QCC: 帮助');
    await assertStepIsChinese(/帮助/);
    await cancelInput(window.page);
  });

  it('shows the panel in Chinese', async () => {
    await window.runCommand('QCC: 打开指标');
    const page = window.webview('qcc.qcc').locator('main');
    await page.getByText('密钥被拒绝').first().waitFor();
    assertChinese(await page.innerText());
    assert.equal(await window.webview('qcc.qcc').locator('html').getAttribute('lang'), 'zh-cn');
    assert.deepEqual(window.problems(ownProblems), []);
  });
});
