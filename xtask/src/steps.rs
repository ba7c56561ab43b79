//! Named steps, each a workaround with an end: one that finds nothing to do is reported, so that it gets deleted.

/// A step's name and the function that changes `T` and counts its changes.
pub struct Step<T: ?Sized, C: ?Sized> {
    pub name: &'static str,
    pub run: fn(&mut T, &C) -> usize,
}

/// Runs the steps in their order, but the one to go without; returns the names of those that found nothing to do.
pub fn run<T: ?Sized, C: ?Sized>(
    steps: &[Step<T, C>],
    without: Option<&str>,
    subject: &mut T,
    context: &C,
) -> Vec<&'static str> {
    let wanted = steps.iter().filter(|step| Some(step.name) != without);
    let idle = wanted.filter(|step| (step.run)(subject, context) == 0);
    idle.map(|step| step.name).collect()
}
