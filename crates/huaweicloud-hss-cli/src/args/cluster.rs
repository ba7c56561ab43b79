//! The value of `--cluster`.

use std::str::FromStr;

use huaweicloud_hss::Cluster;

/// The value of `--cluster`: an id, and after the first `=` the scan items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClusterArgument {
    pub(crate) id: String,
    pub(crate) scan_types: Option<Vec<String>>,
}

impl FromStr for ClusterArgument {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (id, types) = match text.split_once('=') {
            Some((id, types)) => (id, Some(types)),
            None => (text, None),
        };
        if id.is_empty() {
            return Err("the cluster id is empty");
        }
        let scan_types: Option<Vec<String>> = types.map(|types| types.split(',').map(str::to_owned).collect());
        if scan_types.iter().flatten().any(String::is_empty) {
            return Err("a scan item is empty; omit = for all failed items");
        }
        Ok(Self {
            id: id.to_owned(),
            scan_types,
        })
    }
}

impl ClusterArgument {
    pub(crate) fn into_cluster(self) -> Cluster {
        let cluster = Cluster::new(self.id);
        match self.scan_types {
            Some(types) => cluster.scan_types(types),
            None => cluster,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (String, Option<Vec<String>>) {
        let argument: ClusterArgument = text.parse().unwrap();
        (argument.id, argument.scan_types)
    }

    #[test]
    fn argument_splits_at_the_first_equals_sign() {
        assert_eq!(parsed("c"), ("c".to_owned(), None));
        assert_eq!(parsed("c,d"), ("c,d".to_owned(), None));
        assert_eq!(
            parsed("c=a,b=b"),
            ("c".to_owned(), Some(vec!["a".to_owned(), "b=b".to_owned()]))
        );
    }

    #[test]
    fn empty_id_or_scan_item_is_an_error() {
        for text in ["", "=a", "c=", "c=a,", "c=,a", "c=a,,b"] {
            assert!(text.parse::<ClusterArgument>().is_err(), "{text}");
        }
    }
}
