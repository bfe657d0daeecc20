import { freePort, LinkedWindow, proxiesOf, temporaryHome } from './linkedWindow.ts';
import { onEnd, type Scope } from './scope.ts';
import { waitFor } from './waitFor.ts';

/** A place for a proxy and its windows. */
export interface WindowsAt {
  readonly home: string;
  readonly port: number;
  /** Opens one more window, which wants a proxy. */
  open(): LinkedWindow;
}

/** A place that is left with no window and no proxy in it. @param folder the state folder; a new one by default */
export async function windowsAt(scope: Scope, folder?: string): Promise<WindowsAt> {
  const { folder: home, remove } = folder ? { folder, remove: () => undefined } : temporaryHome();
  const port = await freePort();
  const windows: LinkedWindow[] = [];
  onEnd(scope, async () => {
    const attached = windows.find((window) => window.status?.kind === 'attached');
    await attached?.link.stop();
    await Promise.all(windows.map((window) => window.link.dispose()));
    await waitFor('no proxy is left', () => proxiesOf(home).length === 0 || undefined, 20_000);
    remove();
  });
  const open = () => {
    const window = new LinkedWindow({ home, port });
    windows.push(window);
    window.link.start(true);
    return window;
  };
  return { home, port, open };
}
