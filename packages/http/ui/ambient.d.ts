declare module '@novnc/novnc' {
  /** What we use of noVNC: a screen and a keyboard over a WebSocket. */
  export default class RFB extends EventTarget {
    constructor(
      target: HTMLElement,
      channel: string | WebSocket,
      options?: { readonly wsProtocols?: readonly string[] },
    );
    scaleViewport: boolean;
    focusOnClick: boolean;
    viewOnly: boolean;
    background: string;
    disconnect(): void;
    focus(): void;
    sendCtrlAltDel(): void;
    clipboardPasteFrom(text: string): void;
  }
}
