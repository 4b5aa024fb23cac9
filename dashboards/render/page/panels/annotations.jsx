// The annotations of a dashboard, as Grafana draws them: dashed lines, and the time between them tinted.
import { colorManipulator } from '@grafana/data';
import { useTheme2 } from '@grafana/ui';
import { useEffect, useLayoutEffect, useRef } from 'react';

export function Annotations({ config, frames }) {
  const theme = useTheme2();
  const plot = useRef();
  const latest = useRef([]);

  useLayoutEffect(() => {
    config.addHook('init', (made) => (plot.current = made));
    config.addHook('draw', (made) => latest.current.forEach((mark) => draw(made, mark, theme)));
  }, [config, theme]);

  // They often come after the chart was drawn.
  useEffect(() => {
    latest.current = frames.flatMap(marks);
    plot.current?.redraw();
  }, [frames]);
  return null;
}

function draw({ ctx, bbox, valToPos }, { from, to, color }, theme) {
  const pixel = window.devicePixelRatio;
  const inside = (time) => Math.min(bbox.left + bbox.width, Math.max(bbox.left, valToPos(time, 'x', true)));
  const [left, right] = [inside(from), inside(to)];
  ctx.save();
  ctx.strokeStyle = theme.visualization.getColorByName(color);
  ctx.lineWidth = 2 * pixel;
  ctx.setLineDash([5 * pixel, 5 * pixel]);
  for (const x of new Set([left, right])) {
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.fillStyle = colorManipulator.alpha(ctx.strokeStyle, 0.1);
  ctx.fillRect(left, bbox.top, right - left, bbox.height);
  ctx.fillStyle = ctx.strokeStyle;
  ctx.fillRect(left - 2 * pixel, bbox.top + bbox.height, right - left + 4 * pixel, 5 * pixel);
  ctx.restore();
}

function marks(frame) {
  const values = (name) => frame.fields.find((field) => field.name === name)?.values ?? [];
  const [ends, colors] = [values('timeEnd'), values('color')];
  return values('time').map((from, index) => ({ from, to: ends[index] || from, color: colors[index] ?? 'blue' }));
}
