/**
 * Runs in the page: what each panel was given, and what there is to see of it. It must not use
 * anything from outside of itself.
 */
export function inspect() {
  return (window.clearpool?.scene === undefined ? [] : window.clearpool.panels()).map((panel) => {
    const element = document.querySelector(`[data-viz-panel-key="${panel.key}"]`);
    const canvases = [...(element?.querySelectorAll('canvas') ?? [])];
    const content = element?.querySelector('[data-testid="data-testid panel content"]') ?? element;
    return {
      ...panel,
      found: element !== null,
      noData: element?.querySelector('[data-no-data]') != null,
      text: content?.innerText.trim() ?? '',
      painted: canvases.some(isPainted),
    };
  });

  function isPainted(canvas) {
    if (canvas.width === 0 || canvas.height === 0) {
      return false;
    }
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return data.some((byte, index) => index % 4 === 3 && byte > 0);
  }
}
