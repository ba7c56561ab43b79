//! Named passes, each a workaround that ends: one that finds nothing to do is reported, so that it gets deleted.

/// A pass's name and the function that changes `T` and counts its changes.
pub struct Pass<T: ?Sized, C: ?Sized> {
    pub name: &'static str,
    pub run: fn(&mut T, &C) -> usize,
}

/// Runs the passes in order, without the one named; returns the names of those that found nothing to do.
pub fn run<T: ?Sized, C: ?Sized>(
    passes: &[Pass<T, C>],
    without: Option<&str>,
    subject: &mut T,
    context: &C,
) -> Vec<&'static str> {
    let wanted = passes.iter().filter(|pass| Some(pass.name) != without);
    let idle = wanted.filter(|pass| (pass.run)(subject, context) == 0);
    idle.map(|pass| pass.name).collect()
}
