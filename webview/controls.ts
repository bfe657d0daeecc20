import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeProgressRing,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';

/**
 * Defines the custom elements `vscode-button`, `vscode-progress-ring` and `vscode-text-field`. The toolkit is no longer
 * maintained, hence this one import: everything else knows the elements by their tags alone. Tables, lists of choices and
 * meters are the browser's own, which every screen reader knows.
 */
export function defineControls(): void {
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeProgressRing(), vsCodeTextField());
}
