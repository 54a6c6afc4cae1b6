// The compiled halves of Boost.JSON and Boost.URL: the only file that includes them, so that they exist once.
#include <boost/json/src.hpp>
#include <boost/url/src.hpp>
