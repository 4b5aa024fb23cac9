// What is drawn over a chart, as Grafana draws it: annotations as dashed lines with the time between
// them tinted, exemplars as small diamonds.
import { colorManipulator } from '@grafana/data';
import { useTheme2 } from '@grafana/ui';
import { useEffect, useLayoutEffect, useRef } from 'react';

export function Annotations({ config, frames }) {
  const theme = useTheme2();
  const plot = useRef();
  const latest = useRef({ marks: [], dots: [] });

  useLayoutEffect(() => {
    config.addHook('init', (made) => (plot.current = made));
    config.addHook('draw', (made) => {
      latest.current.marks.forEach((mark) => drawMark(made, mark, theme));
      latest.current.dots.forEach((dot) => drawDot(made, dot, theme));
    });
  }, [config, theme]);

  // They often come after the chart was drawn.
  useEffect(() => {
    const exemplars = frames.filter((frame) => frame.name === 'exemplar');
    latest.current = {
      marks: frames.filter((frame) => !exemplars.includes(frame)).flatMap(marks),
      dots: exemplars.flatMap(dots),
    };
    plot.current?.redraw();
  }, [frames]);
  return null;
}

function drawMark({ ctx, bbox, valToPos }, { from, to, color }, theme) {
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

function drawDot({ ctx, bbox, valToPos, scales, axes }, { time, value }, theme) {
  const pixel = window.devicePixelRatio;
  // The first axis but that of time. What is beyond its end is drawn at its end.
  const scale = axes[1]?.scale;
  if (scale === undefined || value === null) {
    return;
  }
  const { min, max } = scales[scale];
  const x = valToPos(time, 'x', true);
  const y = valToPos(Math.min(max, Math.max(min, value)), scale, true);
  if (x < bbox.left || x > bbox.left + bbox.width) {
    return;
  }
  const half = 3.5 * pixel;
  ctx.save();
  ctx.fillStyle = theme.visualization.getColorByName('blue');
  ctx.beginPath();
  ctx.moveTo(x, y - half);
  ctx.lineTo(x + half, y);
  ctx.lineTo(x, y + half);
  ctx.lineTo(x - half, y);
  ctx.fill();
  ctx.restore();
}

function dots({ fields: [times, values] }) {
  return times.values.map((time, index) => ({ time, value: values.values[index] }));
}

function marks(frame) {
  const values = (name) => frame.fields.find((field) => field.name === name)?.values ?? [];
  const [ends, colors] = [values('timeEnd'), values('color')];
  return values('time').map((from, index) => ({ from, to: ends[index] || from, color: colors[index] ?? 'blue' }));
}
