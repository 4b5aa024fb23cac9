//! Which labels the result of an expression has, and whether it can have any result.

use promql_parser::label::{MatchOp, Matcher};
use promql_parser::parser::{
    AggregateExpr, BinaryExpr, Call, Expr, LabelModifier, VectorMatchCardinality, VectorSelector,
};

use super::{Labels, labels_of_series, words};

/// What an expression comes to.
pub(super) enum Found {
    Scalar,
    /// Series with these labels.
    Vector(Labels),
}

use Found::{Scalar, Vector};

pub(super) fn of(expression: &Expr) -> Result<Found, String> {
    match expression {
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) => Ok(Scalar),
        Expr::Paren(inner) => of(&inner.expr),
        Expr::Unary(inner) => of(&inner.expr),
        Expr::Subquery(inner) => of(&inner.expr),
        Expr::VectorSelector(selector) => selected(selector),
        Expr::MatrixSelector(selector) => selected(&selector.vs),
        Expr::Aggregate(aggregate) => aggregated(aggregate),
        Expr::Call(call) => called(call),
        Expr::Binary(binary) => matched(binary),
        Expr::Extension(_) => Err("an extension of PromQL, which no Prometheus knows".to_owned()),
    }
}

fn selected(selector: &VectorSelector) -> Result<Found, String> {
    let name = selector.name.as_deref().ok_or_else(|| format!("`{selector}` names no metric"))?;
    let labels = labels_of_series(name)?;
    for matcher in &selector.matchers.matchers {
        need(&labels, &matcher.name, || format!("`{name}`"))?;
        is_a_word(name, matcher)?;
    }
    Ok(Vector(labels))
}

/// Whether a label can have the value that is asked for.
fn is_a_word(series: &str, matcher: &Matcher) -> Result<(), String> {
    let exact = matches!(matcher.op, MatchOp::Equal | MatchOp::NotEqual);
    match words(series, &matcher.name) {
        Some(words) if exact && !words.contains(&matcher.value.as_str()) => {
            Err(format!("`{}` of `{series}` is never `{}`, but one of {words:?}", matcher.name, matcher.value))
        }
        _ => Ok(()),
    }
}

fn aggregated(aggregate: &AggregateExpr) -> Result<Found, String> {
    let Vector(labels) = of(&aggregate.expr)? else {
        return Err(format!("`{aggregate}` aggregates what are no series"));
    };
    if let Some(parameter) = &aggregate.param {
        of(parameter)?;
    }
    let keeps_labels = matches!(aggregate.op.to_string().as_str(), "topk" | "bottomk" | "limitk" | "limit_ratio");
    match &aggregate.modifier {
        Some(modifier) => {
            for label in &modifier.labels().labels {
                need(&labels, label, || format!("what `{aggregate}` is of"))?;
            }
            Ok(Vector(if keeps_labels { labels } else { keep(&labels, modifier) }))
        }
        None => Ok(Vector(if keeps_labels { labels } else { Labels::new() })),
    }
}

fn called(call: &Call) -> Result<Found, String> {
    let mut labels = None;
    for argument in &call.args.args {
        if let Vector(found) = of(argument)? {
            labels = Some(found);
        }
    }
    let Some(mut labels) = labels else {
        return Ok(if call.func.name == "vector" { Vector(Labels::new()) } else { Scalar });
    };
    match call.func.name {
        "histogram_quantile" => {
            need(&labels, "le", || "what the quantile is of".to_owned())?;
            labels.remove("le");
        }
        "scalar" => return Ok(Scalar),
        "absent" | "absent_over_time" => labels.clear(),
        "label_replace" | "label_join" => {
            if let Some(Expr::StringLiteral(label)) = call.args.args.get(1).map(AsRef::as_ref) {
                labels.insert(label.val.clone());
            }
        }
        _ => {}
    }
    Ok(Vector(labels))
}

fn matched(binary: &BinaryExpr) -> Result<Found, String> {
    let (left, right) = match (of(&binary.lhs)?, of(&binary.rhs)?) {
        (Scalar, Scalar) => return Ok(Scalar),
        (Vector(labels), Scalar) | (Scalar, Vector(labels)) => return Ok(Vector(labels)),
        (Vector(left), Vector(right)) => (left, right),
    };
    let modifier = binary.modifier.as_ref();
    let matching = modifier.and_then(|modifier| modifier.matching.as_ref());
    for label in matching.iter().flat_map(|matching| &matching.labels().labels) {
        need(&left, label, || format!("the left side of `{binary}`"))?;
        need(&right, label, || format!("the right side of `{binary}`"))?;
    }
    let by = |labels: &Labels| matching.map_or_else(|| labels.clone(), |matching| keep(labels, matching));
    if binary.op.is_set_operator() {
        return match binary.op.to_string().as_str() {
            "or" => Ok(Vector(left.union(&right).cloned().collect())),
            _ if by(&left) != by(&right) => Err(never(binary, &by(&left), &by(&right))),
            _ => Ok(Vector(left)),
        };
    }
    if by(&left) != by(&right) {
        return Err(never(binary, &by(&left), &by(&right)));
    }
    let (many_left, many_right, brought) = match modifier.map(|modifier| &modifier.card) {
        Some(VectorMatchCardinality::ManyToOne(brought)) => (true, false, Some(brought)),
        Some(VectorMatchCardinality::OneToMany(brought)) => (false, true, Some(brought)),
        _ => (false, false, None),
    };
    for (side, many, labels) in [("left", many_left, &left), ("right", many_right, &right)] {
        if !many && *labels != by(labels) {
            return Err(format!("the {side} side of `{binary}` has {labels:?}: several of it match one of the other"));
        }
    }
    let mut result = if many_right { right } else { left };
    result.extend(brought.into_iter().flat_map(|brought| brought.labels.clone()));
    Ok(Vector(result))
}

fn never(binary: &BinaryExpr, left: &Labels, right: &Labels) -> String {
    format!("the sides of `{binary}` never match: {left:?} against {right:?}")
}

fn keep(labels: &Labels, modifier: &LabelModifier) -> Labels {
    let named = &modifier.labels().labels;
    labels.iter().filter(|label| named.contains(label) == modifier.is_include()).cloned().collect()
}

fn need(labels: &Labels, label: &str, whose: impl Fn() -> String) -> Result<(), String> {
    if labels.contains(label) { Ok(()) } else { Err(format!("no label `{label}` on {}, but {labels:?}", whose())) }
}
