import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeDataGrid,
  vsCodeDataGridCell,
  vsCodeDataGridRow,
  vsCodeProgressRing,
} from '@vscode/webview-ui-toolkit';

/**
 * Defines the custom elements `vscode-button`, `vscode-data-grid…` and `vscode-progress-ring`. The toolkit is no
 * longer maintained, hence this one import: everything else knows the elements by their tags alone.
 */
export function defineControls(): void {
  provideVSCodeDesignSystem().register(
    vsCodeButton(),
    vsCodeDataGrid(),
    vsCodeDataGridCell(),
    vsCodeDataGridRow(),
    vsCodeProgressRing(),
  );
}
